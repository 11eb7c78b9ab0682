import enMessages from '@cloudscape-design/components/i18n/messages/all.en';
import Alert from '@cloudscape-design/components/alert';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { useEffect, useState } from 'react';
import { setPreferences, usePreferences } from '../shell/preferences.ts';
import { Failure } from '../ui/failure.tsx';
import { Loading } from '../ui/page.tsx';
import * as api from './api.ts';
import { StepError, type Answer, type Given, type Queue, type Task, type Work } from './api.ts';
import { dropDraft } from './drafts.ts';
import { Help } from './help.tsx';
import { Queues } from './queues.tsx';
import './review.css';
import { SignIn } from './sign-in.tsx';
import { TaskPage } from './task.tsx';

/** Shortcuts of one key can be turned off: who speaks to the browser needs that. */
const KEYS_OFF = 'outcrop.review.keys-off';

type Held = { task: Task; leaseMs: number; givenAt: number };

/** The page of those who review: sign-in, their queues, a task. */
export function ReviewApp() {
  const [work, setWork] = useState<Work | null>();
  const [held, setHeld] = useState<Held>();
  const [error, setError] = useState<unknown>();
  const [done, setDone] = useState<string>();
  const [pending, setPending] = useState(false);
  const [help, setHelp] = useState(false);
  const [keysOn, setKeysOn] = useState(() => localStorage.getItem(KEYS_OFF) === null);
  /** Whose task was on screen when the session ended. */
  const [ended, setEnded] = useState<{ name: string; queue?: string }>();

  useEffect(() => {
    let isGone = false;
    api
      .readWork()
      .then((found) => {
        if (!isGone) setWork(found.worker ? found : null);
      })
      .catch((failure: unknown) => {
        if (isGone) return;
        setWork(null);
        setError(failure);
      });
    return () => {
      isGone = true;
    };
  }, []);
  const title = held ? `Task ${held.task.index + 1}, ${held.task.title}` : 'Review';
  useEffect(() => {
    document.title = `${title} | Outcrop`;
  }, [title]);
  useEffect(() => {
    const pressed = ({ key, target, ctrlKey, altKey, metaKey }: KeyboardEvent) => {
      const isText = target instanceof HTMLElement && target.closest('textarea, input:not([type=radio])') !== null;
      if (key === '?' && keysOn && work && !isText && !ctrlKey && !altKey && !metaKey) setHelp(true);
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [keysOn, work]);

  function hold({ task, nowMs, queues }: Given, from: Work) {
    setWork({ ...from, queues });
    setHeld(task ? { task, leaseMs: task.expiresAtMs - nowMs, givenAt: performance.now() } : undefined);
    window.scrollTo(0, 0);
  }

  /** Takes a step; answers whether it succeeded. What failed is said, and what was entered stays. */
  async function step(act: () => Promise<void>): Promise<boolean> {
    setPending(true);
    setError(undefined);
    setDone(undefined);
    try {
      await act();
      return true;
    } catch (failure) {
      setError(failure);
      const status = failure instanceof StepError ? failure.status : undefined;
      if (status === 401 && work) {
        setEnded({ name: work.worker.name, ...(held ? { queue: held.task.queue } : {}) });
        setHeld(undefined);
        setWork(null);
      } else if (status === 403 || status === 409) {
        // The session may be another one now, and the queue may have ended.
        const found = await api.readWork().catch(() => undefined);
        if (found?.worker) setWork(found);
      }
      return false;
    } finally {
      setPending(false);
    }
  }

  async function take(from: Work, queue: string) {
    const given = await api.claim(from.token, queue);
    hold(given, from);
    if (!given.task) setDone('Somebody else was faster: nothing is left for you there.');
  }

  const signIn = (name: string, code: string) =>
    step(async () => {
      const found = await api.signIn(name, code);
      setWork(found);
      const queue = ended?.name === name ? ended.queue : undefined;
      setEnded(undefined);
      if (queue !== undefined) await take(found, queue);
    });

  return (
    <I18nProvider locale="en" messages={[enMessages]}>
      {work && <Top work={work} onHelp={() => setHelp(true)} onSignOut={() => void step(signOut)} />}
      {work === undefined ? (
        <Loading />
      ) : work === null ? (
        <SignIn
          key={ended?.name ?? ''}
          name={ended?.name ?? ''}
          error={error}
          pending={pending}
          onSignIn={(name, code) => void signIn(name, code)}
        />
      ) : (
        <main className="review-page">
          <SpaceBetween size="l">
            {error !== undefined && !held && <Failure error={error} />}
            {done !== undefined && (
              <Alert type="success" dismissible dismissAriaLabel="Dismiss" onDismiss={() => setDone(undefined)}>
                {done}
              </Alert>
            )}
            {held ? (
              <TaskPage
                key={`${held.task.queue}/${held.task.index}`}
                worker={work.worker.id}
                task={held.task}
                queue={work.queues.find(({ id }) => id === held.task.queue)}
                leaseMs={held.leaseMs}
                givenAt={held.givenAt}
                pending={pending}
                error={error}
                keysOn={keysOn}
                onSubmit={(answers) => submit(work, held.task, answers)}
                onRelease={() => void release(work, held.task)}
                onAgain={() => void step(() => take(work, held.task.queue))}
                onLeave={() => setHeld(undefined)}
              />
            ) : (
              <Queues
                queues={work.queues}
                pending={pending}
                onTake={({ id }: Queue) => void step(() => take(work, id))}
                onRefresh={() =>
                  void step(async () => {
                    const found = await api.readWork();
                    if (!found.worker) throw new StepError(401, 'Your session has ended. Sign in again.');
                    setWork(found);
                  })
                }
              />
            )}
          </SpaceBetween>
        </main>
      )}
      {help && (
        <Help
          keysOn={keysOn}
          onKeysOn={(on) => {
            if (on) localStorage.removeItem(KEYS_OFF);
            else localStorage.setItem(KEYS_OFF, 'true');
            setKeysOn(on);
          }}
          onClose={() => setHelp(false)}
        />
      )}
    </I18nProvider>
  );

  function submit(from: Work, task: Task, answers: Answer[]): Promise<boolean> {
    return step(async () => {
      const given = await api.submit(from.token, task, answers);
      hold(given, from);
      if (!given.task) setDone(`Your answers are in. Nothing is left for you in ${task.title}.`);
    });
  }

  function release(from: Work, task: Task): Promise<boolean> {
    return step(async () => {
      const { queues } = await api.release(from.token, task);
      dropDraft(from.worker.id, task);
      setWork({ ...from, queues });
      setHeld(undefined);
      setDone('The task is free for others again.');
    });
  }

  async function signOut() {
    if (work) await api.signOut(work.token);
    setHeld(undefined);
    setWork(null);
  }
}

function Top({ work, onHelp, onSignOut }: { work: Work; onHelp: () => void; onSignOut: () => void }) {
  const { mode } = usePreferences();
  return (
    <div id="review-top">
      <TopNavigation
        identity={{ title: 'Review', href: '/_outcrop/review', logo: { src: '/_console/outcrop.svg', alt: '' } }}
        utilities={[
          { type: 'button', text: 'Keyboard shortcuts', iconName: 'status-info', onClick: onHelp },
          {
            type: 'menu-dropdown',
            text: work.worker.name,
            iconName: 'user-profile',
            ariaLabel: `Signed in as ${work.worker.name}`,
            items: [
              { id: 'mode', text: mode === 'dark' ? 'Light mode' : 'Dark mode' },
              { id: 'sign-out', text: 'Sign out' },
            ],
            onItemClick: ({ detail }) => {
              if (detail.id === 'mode') setPreferences({ mode: mode === 'dark' ? 'light' : 'dark' });
              else onSignOut();
            },
          },
        ]}
        i18nStrings={{ overflowMenuTriggerText: 'More', overflowMenuTitleText: 'All' }}
      />
    </div>
  );
}
