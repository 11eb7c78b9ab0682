import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useSignedIn } from '../../aws/session.ts';
import { useStack } from '../../aws/stack.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { ResourceTable, type ResourceColumn } from '../../ui/resource-table.tsx';
import { timeText } from '../../ui/text.ts';
import { IssueCode } from './issue-code.tsx';
import { nameOf, REVIEW_PAGE, type Queue, type Team } from './team.ts';

/** How often the work of others is looked at. */
const EVERY_MS = 5_000;

const COLUMNS: ResourceColumn<Queue>[] = [
  {
    id: 'title',
    header: 'Job',
    isRowHeader: true,
    value: ({ title }) => title,
    cell: (queue) => {
      const job = /^bedrock-evaluation-(.+)$/.exec(queue.id)?.[1];
      return job === undefined ? queue.title : <Link href={`#/bedrock/evaluations/${job}`}>{queue.title}</Link>;
    },
  },
  {
    id: 'state',
    header: 'Status',
    value: ({ state }) => state,
    cell: ({ state }) => (
      <StatusIndicator type={state === 'open' ? 'in-progress' : state === 'done' ? 'success' : 'stopped'}>
        {state === 'open' ? 'Open' : state === 'done' ? 'Answered' : 'Closed'}
      </StatusIndicator>
    ),
  },
  {
    id: 'progress',
    header: 'Progress',
    value: ({ done, tasks }) => done / tasks,
    cell: ({ done, tasks, title }) => (
      <ProgressBar
        ariaLabel={`Progress of ${title}`}
        value={Math.round((100 * done) / tasks)}
        additionalInfo={`${done} of ${tasks} tasks have all answers`}
      />
    ),
  },
  { id: 'workers', header: 'Workers per task', cell: ({ answersPerTask }) => answersPerTask },
  {
    id: 'created',
    header: 'Created',
    value: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => timeText(createdAt),
  },
];

/** The teams that review, their access codes and their queues. */
export function Teams() {
  const { region, account } = useSignedIn();
  const teams = useStack<{ teams: Team[] }>('review-teams', { refetchMs: EVERY_MS });
  /** The team that a code is issued for; without an ARN: a new one. */
  const [issuing, setIssuing] = useState<{ team?: Team }>();
  const found = teams.data?.teams;
  return (
    <Page
      title="Human review"
      description={
        <>
          People rate what models answered, on a page of their own: <Link href={REVIEW_PAGE}>{REVIEW_PAGE}</Link>
        </>
      }
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="refresh" ariaLabel="Refresh teams" onClick={() => void teams.refetch()} />
          <Button href={REVIEW_PAGE} target="_blank" iconName="external" iconAlign="right">
            Open the reviewers&apos; page
          </Button>
          <Button variant="primary" onClick={() => setIssuing({})}>
            Create team
          </Button>
        </SpaceBetween>
      }
    >
      {teams.error && <Failure error={teams.error} retry={() => void teams.refetch()} />}
      {!found && !teams.error && <Loading text="Loading teams" />}
      {found?.length === 0 && (
        <Container>
          <Empty
            title="No teams"
            action={
              <Button variant="primary" onClick={() => setIssuing({})}>
                Create team
              </Button>
            }
          >
            Issue an access code for a flow definition, give it to those who review, and start an evaluation job whose
            human workflow names that flow definition. By code:
          </Empty>
          <CodeBlock
            text={`curl --aws-sigv4 aws:amz:us-east-1:outcrop --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\
  ${location.origin}/_outcrop/review-teams \\
  -d '{"team": "arn:aws:sagemaker:${region}:${account}:flow-definition/my-team", "workersPerTask": 1}'`}
          />
        </Container>
      )}
      {found?.map((team) => (
        <TeamPart key={team.team} team={team} onIssue={() => setIssuing({ team })} />
      ))}
      {issuing && (
        <IssueCode
          {...(issuing.team ? { team: issuing.team } : {})}
          onClose={() => setIssuing(undefined)}
          onIssued={() => void teams.refetch()}
        />
      )}
    </Page>
  );
}

function TeamPart({ team, onIssue }: { team: Team; onIssue: () => void }) {
  const name = nameOf(team.team);
  return (
    <SpaceBetween size="s">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <Button ariaLabel={`Issue a new code for ${name}`} onClick={onIssue}>
                Issue a new code
              </Button>
            }
          >
            {name}
          </Header>
        }
      >
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Flow definition', value: <Box variant="code">{team.team}</Box> },
            { label: 'Workers per task, of new jobs', value: team.workersPerTask },
            { label: 'Code issued', value: timeText(team.issuedAt) },
          ]}
        />
      </Container>
      <ResourceTable<Queue>
        title={`Queues of ${name}`}
        headerVariant="h3"
        noun="queue"
        items={team.queues}
        idOf={({ id }) => id}
        sortedBy="-created"
        columns={COLUMNS}
        empty={
          <Empty title="No queues">
            A queue comes when an evaluation job with this flow definition has asked its models.
          </Empty>
        }
      />
    </SpaceBetween>
  );
}
