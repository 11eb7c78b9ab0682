import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { isAbort } from '../../../aws/failure.ts';
import { useSignedIn } from '../../../aws/session.ts';
import { useAction } from '../../../ui/action.ts';
import { Failure } from '../../../ui/failure.tsx';
import { timeText } from '../../../ui/text.ts';
import { contextOf } from './context.ts';
import type { Lab, Step } from './parse.ts';
import { changeProgress, useProgress } from './progress.ts';
import { Prose } from './prose.tsx';
import type { Finding, LabModule } from './types.ts';
import { WidgetOf } from './widgets.tsx';

/** A step: its text and widgets, its check, hints that open one by one, and the solution. */
export function StepView({ lab, step, module }: { lab: Lab; step: Step; module: LabModule }) {
  const session = useSignedIn();
  const navigate = useNavigate();
  const { passed, hints } = useProgress(session, lab.id);
  const [findings, setFindings] = useState<Finding[]>();
  const [error, setError] = useState<unknown>();
  const [far, setFar] = useState('');
  const at = lab.steps.indexOf(step);
  const next = lab.steps[at + 1];
  const open = hints[step.id] ?? 0;
  const { run, pending, abort } = useAction(async (signal) => {
    setError(undefined);
    setFindings(undefined);
    setFar('');
    try {
      const check = module.checks[step.id];
      if (!check) throw new Error(`Nothing checks the step "${step.id}".`);
      const found = await check(contextOf(session, lab, signal, { progress: setFar, quiet: true }));
      setFindings(found);
      if (found.length > 0 && found.every(({ ok }) => ok))
        changeProgress(session, lab.id, (before) => ({
          passed: { ...before.passed, [step.id]: new Date().toISOString() },
        }));
    } catch (failure) {
      if (!isAbort(failure)) setError(failure);
    }
  });
  const missing = findings?.filter(({ ok }) => !ok).length ?? 0;

  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`Step ${at + 1} of ${lab.steps.length}`}
          actions={
            passed[step.id] ? (
              <StatusIndicator type="success">Passed {timeText(passed[step.id])}</StatusIndicator>
            ) : (
              <StatusIndicator type="pending">Not passed yet</StatusIndicator>
            )
          }
        >
          {step.title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {step.blocks.map((block) =>
          block.type === 'prose' ? (
            <Prose key={block.text} text={block.text} />
          ) : (
            <WidgetOf key={block.widget.id} lab={lab} module={module} widget={block.widget} />
          ),
        )}
        <SpaceBetween size="xs" direction="horizontal" alignItems="center">
          <Button variant="primary" iconName="check" loading={pending} onClick={() => void run()}>
            Check this step
          </Button>
          {pending && <Button onClick={abort}>Cancel</Button>}
          {next && (
            <Button
              variant={passed[step.id] ? 'normal' : 'link'}
              onClick={() => void navigate(`/labs/${lab.id}/${next.id}`)}
            >
              Next step
            </Button>
          )}
        </SpaceBetween>
        {/* Read aloud as it changes: how far the check is, and what it found. */}
        <output className="lab-verdict" aria-live="polite" data-testid="verdict">
          {pending && <StatusIndicator type="loading">{far === '' ? 'Checking' : far}</StatusIndicator>}
          {error !== undefined && <Failure error={error} />}
          {findings && (
            <Alert
              type={missing > 0 ? 'warning' : 'success'}
              header={
                missing > 0 ? `Not yet: ${missing} of ${findings.length} missing` : 'Passed: everything was found'
              }
            >
              <SpaceBetween size="xs">
                {findings.map(({ what, ok, found }) => (
                  <div key={what}>
                    <StatusIndicator type={ok ? 'success' : 'error'}>{what}</StatusIndicator>
                    <Box variant="small" color="inherit" display="block">
                      {found}
                    </Box>
                  </div>
                ))}
              </SpaceBetween>
            </Alert>
          )}
        </output>
        <SpaceBetween size="xs">
          {step.hints.slice(0, open).map((hint, each) => (
            <Alert key={hint} type="info" header={`Hint ${each + 1}`}>
              <Prose text={hint} />
            </Alert>
          ))}
          {open < step.hints.length && (
            <Button
              iconName="suggestions"
              onClick={() =>
                changeProgress(session, lab.id, (before) => ({ hints: { ...before.hints, [step.id]: open + 1 } }))
              }
            >
              {`Show hint ${open + 1} of ${step.hints.length}`}
            </Button>
          )}
          <ExpandableSection headerText="Show solution">
            <Prose text={step.solution} />
          </ExpandableSection>
        </SpaceBetween>
      </SpaceBetween>
    </Container>
  );
}
