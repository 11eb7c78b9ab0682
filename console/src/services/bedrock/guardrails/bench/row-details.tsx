import Box from '@cloudscape-design/components/box';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { Failure } from '../../../../ui/failure.tsx';
import { spansOf } from '../explain.ts';
import { DecisionStatus, FindingsTable } from '../findings.tsx';
import { Highlighted } from '../highlighted.tsx';
import { EXPECTED_LABELS, SOURCE_LABELS } from './row-dialog.tsx';
import type { BenchRow } from './rows.ts';
import type { RowResult } from './run.ts';
import { VERDICT_LABELS, verdictOf, type Verdict } from './sums.ts';

const TYPES = { right: 'success', 'false-block': 'error', missed: 'error', 'other-kind': 'warning' } as const;

/** Whether the guardrail did what was expected. */
export function VerdictStatus({ verdict }: { verdict: Verdict }) {
  return <StatusIndicator type={TYPES[verdict]}>{VERDICT_LABELS[verdict]}</StatusIndicator>;
}

/** A row with all that the guardrail said of it. */
export function RowDetails({ row, result, onClose }: { row: BenchRow; result: RowResult; onClose: () => void }) {
  const judged = 'findings' in result ? { row, findings: result.findings, decision: result.decision } : undefined;
  return (
    <Modal visible size="large" header="Why it fired" closeAriaLabel="Close" onDismiss={onClose}>
      <SpaceBetween size="l">
        <Highlighted label="Text" text={row.text} spans={judged ? spansOf(row.text, judged.findings) : []} />
        {row.groundingSource !== undefined && (
          <div>
            <Box variant="awsui-key-label">Grounding source</Box>
            <Highlighted text={row.groundingSource} spans={[]} />
          </div>
        )}
        {judged ? (
          <SpaceBetween size="l">
            <KeyValuePairs
              columns={4}
              items={[
                { label: 'Expected', value: `${EXPECTED_LABELS[row.expected]}${row.policy ? `, ${row.policy}` : ''}` },
                { label: 'Actual', value: <DecisionStatus decision={judged.decision} /> },
                { label: 'Verdict', value: <VerdictStatus verdict={verdictOf(judged)} /> },
                { label: 'Source', value: SOURCE_LABELS[row.source as 'INPUT' | 'OUTPUT'] },
              ]}
            />
            <FindingsTable findings={judged.findings} />
          </SpaceBetween>
        ) : (
          'error' in result && <Failure error={result.error} />
        )}
      </SpaceBetween>
    </Modal>
  );
}
