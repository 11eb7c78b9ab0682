import { IAMClient, type EvaluationResult } from '@aws-sdk/client-iam';
import { useQuery } from '@tanstack/react-query';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useClient } from '../../aws/call.ts';
import { Failure } from '../../ui/failure.tsx';
import { MarkedText } from '../../ui/marked-text.tsx';
import { Loading } from '../../ui/page.tsx';
import { matchedPolicies, type Given } from './simulated-policies.ts';

const TEXTS: Record<string, string> = {
  allowed: 'Allowed',
  explicitDeny: 'Denied by an explicit deny',
  implicitDeny: 'Denied, since nothing allows it',
};

export const Verdict = ({ decision }: { decision: string | undefined }) => (
  <StatusIndicator type={decision === 'allowed' ? 'success' : 'error'}>
    {TEXTS[decision ?? ''] ?? decision ?? '–'}
  </StatusIndicator>
);

/** What an action was decided by: its statements where they stand, and every kind of policy that has a say. */
export function SimulationResult(props: { result: EvaluationResult; principal: string | undefined; given: Given }) {
  const { result, principal, given } = props;
  const iam = useClient(IAMClient);
  const matched = result.MatchedStatements ?? [];
  const policies = useQuery({
    queryKey: ['simulation', principal, matched, given],
    queryFn: () => matchedPolicies(iam, principal, matched, given),
  });
  const missing = result.MissingContextValues ?? [];
  const boundary = result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary;
  const organizations = result.OrganizationsDecisionDetail?.AllowedByOrganizations;
  const details = Object.entries(result.EvalDecisionDetails ?? {});
  return (
    <ExpandableSection
      variant="container"
      defaultExpanded
      headerText={result.EvalActionName}
      headerDescription={result.EvalResourceName === '*' ? 'On any resource' : `On ${result.EvalResourceName!}`}
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Decision', value: <Verdict decision={result.EvalDecision} /> },
            { label: 'Service control policies', value: <Says allows={organizations} /> },
            { label: 'Permissions boundary', value: <Says allows={boundary} /> },
            {
              label: 'Across accounts',
              value:
                details.length === 0
                  ? 'Of one account'
                  : details.map(([kind, decision]) => (
                      <div key={kind}>
                        {kind}: {TEXTS[decision] ?? decision}
                      </div>
                    )),
            },
          ]}
        />
        {missing.length > 0 && (
          <Alert type="info" header="Condition keys without a value">
            The policies look at {missing.join(', ')}. The simulation decided as if the request did not have{' '}
            {missing.length === 1 ? 'it' : 'them'}; give values above to change that.
          </Alert>
        )}
        {matched.length === 0 ? (
          <Box>
            {organizations === false
              ? 'No statement made this decision: a service control policy does not allow it.'
              : boundary === false
                ? 'No statement made this decision: the permissions boundary does not allow it.'
                : 'No statement speaks of this action on this resource under these conditions.'}
          </Box>
        ) : policies.error ? (
          <Failure error={policies.error} />
        ) : !policies.data ? (
          <Loading text="Looking the statements up" />
        ) : (
          policies.data.map(({ id, type, text, statements }) => (
            <div key={id}>
              <Header variant="h3" description={TYPES[type] ?? type}>
                {id}
              </Header>
              {statements.map(({ StartPosition: start, EndPosition: end }) => (
                <Box key={`${start?.Line} ${start?.Column}`} variant="small">
                  From line {start?.Line}, column {start?.Column} to line {end?.Line}, column {end?.Column}
                </Box>
              ))}
              {text !== '' && (
                <MarkedText
                  text={text}
                  label={`Statements of ${id}`}
                  marks={statements.map((one) => ({ start: one.StartPosition ?? {}, end: one.EndPosition ?? {} }))}
                />
              )}
            </div>
          ))
        )}
        {(result.ResourceSpecificResults?.length ?? 0) > 1 && (
          <Table
            variant="embedded"
            wrapLines
            header={<Header variant="h3">Each resource</Header>}
            ariaLabels={{ tableLabel: `Resources of ${result.EvalActionName!}` }}
            items={result.ResourceSpecificResults!}
            trackBy="EvalResourceName"
            columnDefinitions={[
              { id: 'resource', header: 'Resource', cell: (one) => one.EvalResourceName, isRowHeader: true },
              { id: 'decision', header: 'Decision', cell: (one) => <Verdict decision={one.EvalResourceDecision} /> },
              {
                id: 'matched',
                header: 'Matched statements',
                cell: (one) =>
                  (one.MatchedStatements ?? []).map((statement) => statement.SourcePolicyId).join(', ') || '–',
              },
            ]}
          />
        )}
      </SpaceBetween>
    </ExpandableSection>
  );
}

const TYPES: Record<string, string> = {
  user: 'Inline policy of the user',
  group: 'Inline policy of a user group',
  role: 'Inline policy of the role',
  'aws-managed': 'AWS managed policy',
  'user-managed': 'Customer managed policy',
  resource: 'Resource-based policy',
  none: 'Policy given here',
};

const Says = ({ allows }: { allows: boolean | undefined }) =>
  allows === undefined ? (
    <>Not in use</>
  ) : (
    <StatusIndicator type={allows ? 'success' : 'error'}>{allows ? 'Allow it' : 'Do not allow it'}</StatusIndicator>
  );
