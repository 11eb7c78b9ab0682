import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import './filters.css';
import type { CallDetail, DecisionReason } from './types.ts';

const why = (requestId: string): string => `#/iam/why/${encodeURIComponent(requestId)}`;

/** Where a decision came from, as a sentence says it. */
const BY: Record<string, string> = {
  identity: 'the identity’s policies',
  resource: 'the resource’s policy',
  boundary: 'the permissions boundary',
  session: 'the session policy',
  'service-control': 'the organization’s service control policies',
};

/** What the reasoning comes to, in one sentence. */
export function summaryOf({ allowed, explicit, by, policies = [] }: DecisionReason): string {
  const bearing = policies.filter(({ statements = [] }) => statements.some(({ applies }) => applies));
  const named = bearing.map(({ id, from }) => (from === '' ? id : `${id} of ${from}`));
  const where = by === undefined ? '' : ` by ${BY[by] ?? by}`;
  const of = named.length === 0 ? '' : ` (${named.slice(0, 3).join(', ')})`;
  if (allowed) return `Allowed${where}${of}.`;
  if (explicit) return `Explicitly denied${where}${of}.`;
  return `Denied: nothing allows it${by === undefined ? '' : `, of ${BY[by] ?? by}`}; ${policies.length} ${policies.length === 1 ? 'policy was' : 'policies were'} looked at.`;
}

/** At the top of a denied call: which permission it lacks, and why. */
export function DeniedBy({ call }: { call: CallDetail }) {
  const denied = call.decisions.filter(({ allowed }) => !allowed);
  if (denied.length === 0)
    return (
      <div>
        The call was turned away before any permission was asked for: its credentials or signature were not accepted.
      </div>
    );
  return (
    <div data-testid="denied-by">
      {denied.map((decision) => (
        <div key={`${decision.action} ${decision.resource}`}>
          <strong>{decision.action}</strong> on <code>{decision.resource}</code>: {summaryOf(decision)}
        </div>
      ))}
      <Link href={why(call.requestId)}>The whole reasoning, statement by statement</Link>
    </div>
  );
}

/** Every permission that the call asked for. */
export function Decisions({ call }: { call: CallDetail }) {
  return (
    <Table
      items={call.decisions}
      variant="container"
      wrapLines
      ariaLabels={{ tableLabel: 'Permissions' }}
      header={
        <Header
          variant="h2"
          counter={`(${call.decisions.length})`}
          {...(call.decisions.length > 0
            ? { actions: <Link href={why(call.requestId)}>The whole reasoning, statement by statement</Link> }
            : {})}
        >
          Permissions
        </Header>
      }
      empty={<Box>The call asked for no permission, or its reasoning is not kept any more.</Box>}
      columnDefinitions={[
        { id: 'action', header: 'Action', cell: ({ action }) => action, isRowHeader: true },
        { id: 'resource', header: 'Resource', cell: ({ resource }) => <code className="breaks">{resource}</code> },
        {
          id: 'decision',
          header: 'Decision',
          minWidth: 130,
          cell: ({ allowed }) => (
            <StatusIndicator type={allowed ? 'success' : 'error'}>{allowed ? 'Allowed' : 'Denied'}</StatusIndicator>
          ),
        },
        { id: 'why', header: 'Why', cell: summaryOf },
      ]}
    />
  );
}
