import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useStack } from '../aws/stack.ts';
import { CodeBlock } from './code-block.tsx';
import {
  KIND,
  KINDS,
  remedyOf,
  statementName,
  stepsOf,
  type Decision,
  type Found,
  type PolicyReason,
  type Step,
} from './decisions.ts';
import { Failure } from './failure.tsx';
import { Loading } from './page.tsx';

/** Why a call was allowed or denied: each decision on it, with the policies that were asked and what would allow it. */
export function Reasoning({ requestId }: { requestId: string }) {
  const { data, error, refetch } = useStack<{ decisions: Decision[] }>(`why?request=${encodeURIComponent(requestId)}`);
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Loading text="Working the reasoning out" />;
  // What was denied is what one came for.
  const decisions = [...data.decisions].sort((a, b) => Number(a.allowed) - Number(b.allowed));
  return (
    <SpaceBetween size="l">
      {decisions.map((decision, index) => (
        <DecisionReasoning key={`${decision.action} ${decision.resource} ${index}`} decision={decision} />
      ))}
    </SpaceBetween>
  );
}

/** A decision with its whole reasoning. */
export function DecisionReasoning({ decision }: { decision: Decision }) {
  const { allowed, explicit, by, action, resource, principal, policies, context } = decision;
  const outcome = allowed
    ? `Allowed by ${article(KIND[by])}`
    : explicit
      ? `Denied by an explicit deny in ${article(KIND[by])}`
      : `Denied because no ${KIND[by]} allows it`;
  const keys = Object.entries(context);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={<StatusIndicator type={allowed ? 'success' : 'error'}>{outcome}</StatusIndicator>}
        >
          {action}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Principal', value: <Box variant="span">{principal}</Box> },
            { label: 'Action', value: action },
            { label: 'Resource', value: resource },
          ]}
        />
        <Steps steps={stepsOf(decision)} />
        <WhatWouldAllow decision={decision} />
        <ExpandableSection headerText={`Every policy that was asked (${policies.length})`} variant="footer">
          {policies.length === 0 ? (
            <Box>No policy bears on this request.</Box>
          ) : (
            <SpaceBetween size="m">
              {policies.map((policy, index) => (
                <PolicyStatements key={`${policy.id} ${index}`} policy={policy} />
              ))}
            </SpaceBetween>
          )}
        </ExpandableSection>
        {keys.length > 0 && (
          <ExpandableSection headerText={`Condition keys that the policies look at (${keys.length})`} variant="footer">
            <KeyValuePairs
              columns={2}
              items={keys.map(([label, value]) => ({
                label,
                value: value === null ? 'Not in the request' : Array.isArray(value) ? value.join(', ') : value,
              }))}
            />
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Container>
  );
}

const OUTCOMES: Record<Step['outcome'], { type: StatusIndicatorProps.Type; text: string }> = {
  denied: { type: 'error', text: 'Denied' },
  allowed: { type: 'success', text: 'Allowed' },
  nothing: { type: 'stopped', text: 'Nothing allows it' },
  unused: { type: 'info', text: 'None applies here' },
};

function Steps({ steps }: { steps: Step[] }) {
  return (
    <Table
      variant="embedded"
      wrapLines
      header={
        <Header variant="h3" description="In the order in which they are asked. The first that stops it settles it.">
          How it was decided
        </Header>
      }
      ariaLabels={{ tableLabel: 'How it was decided' }}
      items={steps}
      trackBy="kind"
      columnDefinitions={[
        {
          id: 'kind',
          header: 'Asked',
          minWidth: 150,
          isRowHeader: true,
          cell: ({ kind }) => (kind === 'deny' ? 'Explicit deny, in any policy' : KINDS[kind]),
        },
        {
          id: 'outcome',
          header: 'Said',
          minWidth: 190,
          cell: ({ kind, outcome }) =>
            kind === 'deny' && outcome === 'nothing' ? (
              <StatusIndicator type="success">No statement denies it</StatusIndicator>
            ) : (
              <StatusIndicator type={OUTCOMES[outcome].type}>{OUTCOMES[outcome].text}</StatusIndicator>
            ),
        },
        {
          id: 'by',
          header: 'By',
          minWidth: 180,
          cell: ({ found, levels }) => <By found={found} levels={levels ?? []} />,
        },
        {
          id: 'settled',
          header: 'Settled it',
          minWidth: 100,
          cell: ({ settled }) => (settled ? <strong>Here</strong> : '–'),
        },
      ]}
    />
  );
}

function By({ found, levels }: { found: Found[]; levels: string[] }) {
  if (found.length === 0 && levels.length === 0) return <>–</>;
  return (
    <SpaceBetween size="xxs">
      {found.map(({ policy, statement }, index) => (
        <div key={`${policy.id} ${statement.statement} ${index}`}>
          <strong>{statementName(statement)}</strong> of {policy.id}
          {policy.from === '' ? '' : ` (${policy.from})`}
        </div>
      ))}
      {levels.map((level) => (
        <div key={level}>Nothing allows it at {level}</div>
      ))}
    </SpaceBetween>
  );
}

function WhatWouldAllow({ decision }: { decision: Decision }) {
  const remedy = remedyOf(decision);
  if (!remedy) return null;
  const { denials, suggestions, near, notes } = remedy;
  return (
    <section aria-label="What would allow it">
      <SpaceBetween size="s">
        <Box variant="h3">What would allow it</Box>
        {denials.length > 0 && (
          <Alert type="warning">
            {denials.map(({ policy, statement }) => (
              <div key={`${policy.id} ${statement.statement}`}>
                <strong>{statementName(statement)}</strong> of {policy.id} ({KIND[policy.type]}
                {policy.from === '' ? '' : `, ${policy.from}`}) denies it.
              </div>
            ))}
          </Alert>
        )}
        {notes.map((note) => (
          <Box key={note}>{note}</Box>
        ))}
        {near.map(({ policy, statement }) => (
          <Box key={`${policy.id} ${statement.statement}`}>
            <strong>{statementName(statement)}</strong> of {policy.id} would allow it, but for its condition:{' '}
            {statement.because}
          </Box>
        ))}
        {suggestions.map(({ where, statement }) => (
          <div key={where}>
            <Box>In {where}:</Box>
            <CodeBlock text={JSON.stringify(statement, undefined, 2)} label={`Statement for ${where}`} />
          </div>
        ))}
      </SpaceBetween>
    </section>
  );
}

function PolicyStatements({ policy }: { policy: PolicyReason }) {
  return (
    <div>
      <Box variant="h4">
        {policy.id} <Box variant="small">{`${KIND[policy.type]}${policy.from === '' ? '' : `, ${policy.from}`}`}</Box>
      </Box>
      {policy.statements.length === 0 && <Box>It has no statement.</Box>}
      <ul>
        {policy.statements.map((statement) => (
          <li key={statement.statement}>
            <StatusIndicator type={!statement.applies ? 'stopped' : statement.effect === 'Allow' ? 'success' : 'error'}>
              {statement.effect} {statementName(statement)}:{' '}
              {statement.applies ? 'applies' : `does not apply. ${statement.because ?? ''}`}
            </StatusIndicator>
          </li>
        ))}
      </ul>
    </div>
  );
}

const article = (text: string) => (/^[aeiou]/.test(text) ? `an ${text}` : `a ${text}`);
