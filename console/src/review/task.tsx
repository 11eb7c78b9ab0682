import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';
import { Failure } from '../ui/failure.tsx';
import type { Answer, Queue, Task } from './api.ts';
import { dropDraft, keepDraft, readDraft } from './drafts.ts';
import { fieldsOf, missingOf, placeName, valueOf, valueOfKey, withValue, type Field, type Value } from './fields.ts';
import { QuestionField, QuestionFields } from './question.tsx';

/** A task: what was asked, what was answered, and what the worker thinks of it. */
export function TaskPage(props: {
  worker: string;
  task: Task;
  queue: Queue | undefined;
  /** How long the task is the worker's, from when it was given. */
  leaseMs: number;
  givenAt: number;
  pending: boolean;
  /** Why the last step failed. */
  error: unknown;
  keysOn: boolean;
  /** Answers whether they were taken. */
  onSubmit: (answers: Answer[]) => Promise<boolean>;
  onRelease: () => void;
  onAgain: () => void;
  onLeave: () => void;
}) {
  const { worker, task, queue, pending } = props;
  const fields = fieldsOf(task);
  const [answers, setAnswers] = useState(() => readDraft(worker, task));
  const [current, setCurrent] = useState(0);
  const [tried, setTried] = useState(false);
  const leftMs = useLeftMs(props.givenAt, props.leaseMs);
  const missing = missingOf(task, answers);
  const isOver = leftMs <= 0;

  function answer(at: number, value: Value, moves: boolean) {
    const next = withValue(answers, fields[at]!, value);
    setAnswers(next);
    keepDraft(worker, task, next);
    if (!moves) return;
    const open = fields.findIndex((field, index) => index > at && valueOf(next, field) === null);
    setCurrent(open >= 0 ? open : Math.min(at + 1, fields.length - 1));
  }

  async function submit() {
    setTried(true);
    const first = missing[0];
    if (first) {
      setCurrent(fields.findIndex((field) => isSame(field, first)));
      return;
    }
    if (await props.onSubmit(answers)) dropDraft(worker, task);
  }

  useKeys(props.keysOn && !pending, (event) => {
    const { key } = event;
    const field = fields[current];
    const onRadio = event.target instanceof HTMLInputElement && event.target.type === 'radio';
    // A group of choices has its own use for arrows.
    if (onRadio && key.startsWith('Arrow')) return false;
    if (key === 'j' || key === 'ArrowDown') setCurrent(Math.min(current + 1, fields.length - 1));
    else if (key === 'k' || key === 'ArrowUp') setCurrent(Math.max(current - 1, 0));
    else if (key === 'Enter') void submit();
    else {
      const value = field && valueOfKey(task.questions[field.question]!, task.responses.length, key);
      if (value === undefined) return false;
      answer(current, value, true);
    }
    return true;
  });

  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={`Task ${task.index + 1} of ${task.tasks}${task.category === undefined ? '' : `, ${task.category}`}. ${
          isOver ? '' : `Yours for another ${minutes(leftMs)}.`
        }`}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={props.onLeave}>All work</Button>
            <Button onClick={props.onRelease} disabled={pending}>
              Give the task back
            </Button>
          </SpaceBetween>
        }
      >
        {task.title}
      </Header>
      {queue && (
        <ProgressBar
          ariaLabel="Your part"
          value={Math.round((100 * queue.doneByYou) / Math.max(1, queue.doneByYou + queue.leftForYou))}
          additionalInfo={`${queue.doneByYou} done by you, ${queue.leftForYou} left for you`}
        />
      )}
      {isOver && (
        <Alert
          type="warning"
          header="Your time for this task has run out"
          action={<Button onClick={props.onAgain}>Take it again</Button>}
        >
          Somebody else may take it. What you entered is kept in this tab.
        </Alert>
      )}
      {task.instructions !== undefined && (
        <ExpandableSection variant="container" headerText="Instructions" defaultExpanded>
          <Material>{task.instructions}</Material>
        </ExpandableSection>
      )}
      <Container header={<Header variant="h2">Prompt</Header>}>
        <Material>{task.prompt}</Material>
      </Container>
      {task.reference !== undefined && (
        <Container header={<Header variant="h2">Reference</Header>}>
          <Material>{task.reference}</Material>
        </Container>
      )}
      <div className="review-responses">
        {task.responses.map((text, place) => (
          <Container
            // Nothing tells responses apart but their place.
            // oxlint-disable-next-line react/no-array-index-key
            key={place}
            fitHeight
            header={<Header variant="h2">{placeName(place)}</Header>}
          >
            <Material label={placeName(place)}>{text}</Material>
          </Container>
        ))}
      </div>
      <form
        aria-label="Your answers"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Container
          header={<Header variant="h2">Your answers</Header>}
          footer={
            <SpaceBetween size="s">
              {props.error !== undefined && <Failure error={props.error} />}
              <SpaceBetween direction="horizontal" size="s" alignItems="center">
                <Button variant="primary" formAction="submit" loading={pending}>
                  Submit
                </Button>
                <output>
                  {missing.length === 0
                    ? 'All is answered.'
                    : `${missing.length} ${missing.length === 1 ? 'answer is' : 'answers are'} missing.`}
                </output>
              </SpaceBetween>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {task.questions.map((question, index) => (
              <QuestionFields key={question.name} question={question}>
                <div className="review-fields">
                  {fields.map((field, at) =>
                    field.question === index ? (
                      <QuestionField
                        key={`${field.question}/${field.place ?? ''}`}
                        question={question}
                        field={field}
                        responses={task.responses.length}
                        value={valueOf(answers, field)}
                        isCurrent={props.keysOn && at === current}
                        isMissing={tried && missing.some((each) => isSame(each, field))}
                        onCurrent={() => setCurrent(at)}
                        onAnswer={(value) => answer(at, value, false)}
                      />
                    ) : null,
                  )}
                </div>
              </QuestionFields>
            ))}
          </SpaceBetween>
        </Container>
      </form>
    </SpaceBetween>
  );
}

const isSame = (a: Field, b: Field): boolean => a.question === b.question && a.place === b.place;

/** Text of users, as it is: never as a page. */
function Material({ children, label }: { children: string; label?: string }) {
  return (
    <div className="review-material" {...(label === undefined ? {} : { role: 'group', 'aria-label': label })}>
      {children === '' ? <Box color="text-status-inactive">(empty)</Box> : children}
    </div>
  );
}

const minutes = (ms: number): string => {
  const count = Math.ceil(ms / 60_000);
  return count === 1 ? 'minute' : `${count} minutes`;
};

const TICK_MS = 5_000;

function useLeftMs(givenAt: number, leaseMs: number): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return leaseMs - (Math.max(now, givenAt) - givenAt);
}

/** Calls `handle` for keys that are pressed where nothing else has a use for them; it answers whether it had one. */
function useKeys(on: boolean, handle: (event: KeyboardEvent) => boolean): void {
  useEffect(() => {
    function pressed(event: KeyboardEvent) {
      if (!on) return;
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      if (event.altKey || event.metaKey || event.defaultPrevented || target.closest('[role=dialog]')) return;
      if (document.querySelector('[role=dialog]')) return;
      const isText = target.closest('textarea, input:not([type=radio])') !== null;
      const isSubmit = event.key === 'Enter' && event.ctrlKey;
      if ((isText || event.ctrlKey) && !isSubmit) return;
      if (event.key === 'Enter' && !isSubmit && target.closest('button, a, [role=button]')) return;
      if (handle(event)) event.preventDefault();
    }
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  });
}
