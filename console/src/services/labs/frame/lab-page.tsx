import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { Navigate, useParams } from 'react-router';
import { useSignedIn } from '../../../aws/session.ts';
import { Failure } from '../../../ui/failure.tsx';
import { Loading, Page } from '../../../ui/page.tsx';
import { labs, type ListedLab } from '../labs.ts';
import { filledLab, type Lab } from './parse.ts';
import { changeProgress, useProgress } from './progress.ts';
import { Prose } from './prose.tsx';
import { ResetLab } from './reset.tsx';
import { StepView } from './step-view.tsx';
import './labs.css';

/** A lab, at a step; without one where its learner left off. */
export function LabPage() {
  const { lab: id, step } = useParams();
  const listed = labs.find(({ lab }) => lab.id === id);
  if (!listed)
    return (
      <Page title="There is no such lab" trail={[{ text: 'Labs', href: '#/labs' }]}>
        <Box>
          The list of <Link href="#/labs">all labs</Link> has those there are.
        </Box>
      </Page>
    );
  return <OpenLab listed={listed} {...(step === undefined ? {} : { at: step })} />;
}

/** Where the learner goes on: where they left off, unless that is passed; else at the first step that is not. */
export function resumeAt(lab: Lab, { at, passed }: { at?: string; passed: Record<string, string> }): string {
  const left = lab.steps.find(({ id }) => id === at);
  return (left && !passed[left.id] ? left : (lab.steps.find(({ id }) => !passed[id]) ?? lab.steps[0]!)).id;
}

function OpenLab({ listed, at }: { listed: ListedLab; at?: string }) {
  const session = useSignedIn();
  const lab = useMemo(() => filledLab(listed.lab, session), [listed, session]);
  const progress = useProgress(session, lab.id);
  const [resetting, setResetting] = useState(false);
  const step = lab.steps.find(({ id }) => id === at);
  const { data: module, error, refetch } = useQuery({ queryKey: ['lab', lab.id], queryFn: listed.load });
  useEffect(() => {
    if (step) changeProgress(session, lab.id, () => ({ at: step.id }));
  }, [session, lab.id, step]);
  if (!step) return <Navigate to={`/labs/${lab.id}/${resumeAt(lab, progress)}`} replace />;
  const done = lab.steps.filter(({ id }) => progress.passed[id]).length;
  const all = done === lab.steps.length;

  return (
    <Page
      title={lab.title}
      trail={[{ text: 'Labs', href: '#/labs' }]}
      description={`Domain ${lab.domain} of AIF-C01 · ${lab.objectives.join(' · ')} · about ${lab.minutes} minutes · ${lab.services.join(', ')}`}
      actions={
        <Button iconName="undo" onClick={() => setResetting(true)}>
          Reset this lab
        </Button>
      }
    >
      {resetting && module && <ResetLab lab={lab} module={module} onClose={() => setResetting(false)} />}
      <Grid gridDefinition={[{ colspan: { default: 12, l: 3 } }, { colspan: { default: 12, l: 9 } }]}>
        <Container header={<Header variant="h2">Steps</Header>}>
          <SpaceBetween size="s">
            <ProgressBar
              ariaLabel="Steps passed"
              value={(100 * done) / lab.steps.length}
              additionalInfo={`${done} of ${lab.steps.length} passed`}
            />
            <nav aria-label="Steps of this lab">
              <SpaceBetween size="xs">
                {lab.steps.map((each, index) => (
                  <div key={each.id} className="lab-step">
                    <StatusIndicator
                      type={progress.passed[each.id] ? 'success' : each === step ? 'in-progress' : 'pending'}
                      iconAriaLabel={progress.passed[each.id] ? 'Passed' : each === step ? 'On screen' : 'Not passed'}
                    />
                    <Link href={`#/labs/${lab.id}/${each.id}`} variant={each === step ? 'primary' : 'secondary'}>
                      {`${index + 1}. ${each.title}`}
                    </Link>
                  </div>
                ))}
              </SpaceBetween>
            </nav>
          </SpaceBetween>
        </Container>
        <SpaceBetween size="l">
          {step === lab.steps[0] && lab.intro !== '' && (
            <Container>
              <Prose text={lab.intro} />
            </Container>
          )}
          {error ? (
            <Failure error={error} retry={() => void refetch()} />
          ) : module ? (
            <StepView key={step.id} lab={lab} step={step} module={module} />
          ) : (
            <Loading />
          )}
          {(all || step === lab.steps.at(-1)) && lab.outro !== '' && (
            <Container>
              <Prose text={lab.outro} />
            </Container>
          )}
          <Box variant="small" color="text-body-secondary">
            Progress and what you fill in are kept in this browser, for your account and identity. Nothing secret is
            among them.
          </Box>
        </SpaceBetween>
      </Grid>
    </Page>
  );
}
