import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Queue } from './api.ts';

/** What there is to do, with how far it is. */
export function Queues(props: {
  queues: readonly Queue[];
  pending: boolean;
  onTake: (queue: Queue) => void;
  onRefresh: () => void;
}) {
  const open = props.queues.filter(({ state }) => state === 'open');
  const ended = props.queues.filter(({ state }) => state !== 'open');
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        counter={`(${open.length})`}
        actions={<Button iconName="refresh" ariaLabel="Look for new work" onClick={props.onRefresh} />}
      >
        Work for your team
      </Header>
      {open.length === 0 && (
        <Container>
          <Box textAlign="center" padding="l">
            <Box variant="strong">There is no work for your team now.</Box>
            <Box color="text-body-secondary">
              Work comes when somebody starts a job with human evaluation for your team. Look again later.
            </Box>
          </Box>
        </Container>
      )}
      {open.map((queue) => (
        <Container
          key={queue.id}
          header={
            <Header
              variant="h2"
              actions={
                queue.leftForYou > 0 && (
                  <Button
                    variant="primary"
                    loading={props.pending}
                    ariaLabel={`Take the next task of ${queue.title}`}
                    onClick={() => props.onTake(queue)}
                  >
                    Take the next task
                  </Button>
                )
              }
            >
              {queue.title}
            </Header>
          }
        >
          <SpaceBetween size="s">
            <ProgressBar
              label="Your part"
              value={percent(queue.doneByYou, queue.doneByYou + queue.leftForYou)}
              additionalInfo={`${queue.doneByYou} done by you, ${queue.leftForYou} left for you`}
            />
            <Box color="text-body-secondary">
              {queue.done} of {queue.tasks} {queue.tasks === 1 ? 'task has' : 'tasks have'} all answers.
              {queue.leftForYou === 0 && ' Others have the rest.'}
            </Box>
          </SpaceBetween>
        </Container>
      ))}
      {ended.length > 0 && (
        <ExpandableSection headerText={`Ended (${ended.length})`}>
          <SpaceBetween size="xs">
            {ended.map((queue) => (
              <div key={queue.id}>
                <StatusIndicator type={queue.state === 'done' ? 'success' : 'stopped'}>
                  {queue.title}: {queue.state === 'done' ? 'all answered' : 'closed before all was answered'};{' '}
                  {queue.doneByYou} by you
                </StatusIndicator>
              </div>
            ))}
          </SpaceBetween>
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

const percent = (part: number, whole: number): number => (whole === 0 ? 100 : Math.round((100 * part) / whole));
