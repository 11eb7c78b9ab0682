import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useNavigate } from 'react-router';
import { useSignedIn } from '../../../aws/session.ts';
import { Page } from '../../../ui/page.tsx';
import { DOMAINS, labs } from '../labs.ts';
import { resumeAt } from './lab-page.tsx';
import type { Lab } from './parse.ts';
import { useAllProgress, type Progress } from './progress.ts';

const doneOf = (lab: Lab, progress: Progress | undefined): number =>
  lab.steps.filter(({ id }) => progress?.passed[id]).length;

/** All labs by the domains of the exam, and how far the learner is. */
export function LabsPage() {
  const session = useSignedIn();
  const progress = useAllProgress(session);
  const steps = labs.reduce((sum, { lab }) => sum + lab.steps.length, 0);
  const done = labs.reduce((sum, { lab }) => sum + doneOf(lab, progress[lab.id]), 0);
  const finished = labs.filter(({ lab }) => doneOf(lab, progress[lab.id]) === lab.steps.length).length;
  return (
    <Page
      title="Labs"
      description="Hands-on labs for the AWS Certified AI Practitioner exam (AIF-C01). Each step is checked against this stack: by what its APIs answer, not by what you say."
    >
      <Container header={<Header variant="h2">Your progress</Header>}>
        <SpaceBetween size="xs">
          <ProgressBar
            ariaLabel="Steps passed in all labs"
            value={(100 * done) / steps}
            additionalInfo={`${done} of ${steps} steps passed, ${finished} of ${labs.length} labs finished`}
          />
          <Box variant="small" color="text-body-secondary">
            Kept in this browser for {session.arn}.
          </Box>
        </SpaceBetween>
      </Container>
      {DOMAINS.map(({ id, title, weight }) => {
        const own = labs.filter(({ lab }) => lab.domain === id);
        return (
          <Container
            key={id}
            header={
              <Header variant="h2" counter={`(${own.length})`} description={`${weight} % of the scored content`}>
                {`Domain ${id}: ${title}`}
              </Header>
            }
          >
            {own.length === 0 ? (
              <Box color="text-body-secondary">There is no lab of this domain yet.</Box>
            ) : (
              <SpaceBetween size="l">
                {own.map(({ lab }) => (
                  <LabLine key={lab.id} lab={lab} progress={progress[lab.id]} />
                ))}
              </SpaceBetween>
            )}
          </Container>
        );
      })}
    </Page>
  );
}

function LabLine({ lab, progress }: { lab: Lab; progress: Progress | undefined }) {
  const navigate = useNavigate();
  const done = doneOf(lab, progress);
  const all = done === lab.steps.length;
  const resume = resumeAt(lab, progress ?? { passed: {} });
  const number = lab.steps.findIndex(({ id }) => id === resume) + 1;
  const action = all ? 'Look again' : progress?.at === undefined ? 'Start' : `Resume at step ${number}`;
  return (
    <SpaceBetween size="xs">
      <Header
        variant="h3"
        description={lab.summary}
        actions={
          <Button ariaLabel={`${action}: ${lab.title}`} onClick={() => void navigate(`/labs/${lab.id}/${resume}`)}>
            {action}
          </Button>
        }
      >
        <Link href={`#/labs/${lab.id}`} fontSize="heading-s">
          {lab.title}
        </Link>
      </Header>
      <SpaceBetween size="xs" direction="horizontal">
        <Badge>{`about ${lab.minutes} minutes`}</Badge>
        {lab.services.map((service) => (
          <Badge key={service} color="grey">
            {service}
          </Badge>
        ))}
      </SpaceBetween>
      <Box variant="small" color="text-body-secondary">
        {lab.objectives.join(' · ')}
      </Box>
      <ProgressBar
        ariaLabel={`Steps passed of ${lab.title}`}
        value={(100 * done) / lab.steps.length}
        additionalInfo={`${done} of ${lab.steps.length} steps passed`}
      />
    </SpaceBetween>
  );
}
