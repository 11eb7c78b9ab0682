import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { findingLabel, type Decision, type Finding } from './explain.ts';

const OF_FINDING = {
  BLOCKED: { type: 'error', text: 'Blocked' },
  ANONYMIZED: { type: 'warning', text: 'Masked' },
  NONE: { type: 'info', text: 'Detected' },
} as const;

/** What a filter did about a text. */
export function FindingStatus({ detected, action }: Finding) {
  if (!detected) return <StatusIndicator type="success">Passed</StatusIndicator>;
  const { type, text } = OF_FINDING[action];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}

const OF_DECISION = {
  allow: { type: 'success', text: 'Allow' },
  block: { type: 'error', text: 'Block' },
  mask: { type: 'warning', text: 'Mask' },
} as const;

/** What the guardrail did with a text. */
export function DecisionStatus({ decision }: { decision: Decision }) {
  const { type, text } = OF_DECISION[decision];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}

/** Why each filter did what it did, those first that found something. */
export function FindingsTable({ findings }: { findings: readonly Finding[] }) {
  const ordered = [...findings].sort((a, b) => Number(b.detected) - Number(a.detected));
  return (
    <Table<Finding>
      variant="embedded"
      items={ordered}
      wrapLines
      ariaLabels={{ tableLabel: 'Why it fired' }}
      empty="No filter of the guardrail looks at this direction, or found anything to tell."
      columnDefinitions={[
        { id: 'filter', header: 'Filter', cell: findingLabel, isRowHeader: true, minWidth: 140 },
        { id: 'result', header: 'Result', cell: (finding) => <FindingStatus {...finding} />, minWidth: 130 },
        { id: 'why', header: 'Why', cell: ({ why }) => why, minWidth: 220 },
      ]}
    />
  );
}
