import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useSignedIn, type Session } from '../../aws/session.ts';
import { useAsk, useStack } from '../../aws/stack.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import './apps.css';
import { CreditMeter } from './credit-meter.tsx';
import { CodeDialog, DetailsDialog, ShareDialog } from './dialogs.tsx';
import { useKept } from './keep.ts';
import { Runner, type State } from './runner.ts';
import { SnapshotsDialog } from './snapshots-dialog.tsx';
import { KINDS, nameOf, type App, type Content, type Kind, type Models, type Widget } from './types.ts';
import { WidgetCard } from './widget-card.tsx';
import { WidgetDialog } from './widget-dialog.tsx';

const TRAIL = [{ text: 'Apps', href: '#/apps' }];

/** Inputs and outputs stay while one looks at other pages. */
const runners = new Map<string, Runner>();
function runnerOf(app: App, session: Session): Runner {
  const key = `${session.arn} ${session.region} ${app.id}`;
  const runner = runners.get(key) ?? new Runner(app, session);
  runners.set(key, runner);
  return runner;
}

/** `#/apps/<id>`: an app, to run for whoever may see it, to change for its owner. */
export function AppPage() {
  const { id } = useParams();
  const session = useSignedIn();
  const { data, error, refetch } = useStack<App>(`apps/${id}`);
  const models = useStack<Models>(`apps/models?region=${session.region}`);
  if (error)
    return (
      <Page title="App" trail={TRAIL}>
        <Failure error={error} retry={() => void refetch()} />
      </Page>
    );
  if (!data)
    return (
      <Page title="App" trail={TRAIL}>
        <Loading />
      </Page>
    );
  return <OpenApp key={data.id} app={data} models={models.data} />;
}

type Dialog =
  | { show: 'widget'; widget: Widget; isNew: boolean }
  | { show: 'delete widget'; widget: Widget }
  | { show: 'share' | 'snapshots' | 'code' | 'details' | 'delete' };

function OpenApp({ app, models }: { app: App; models: Models | undefined }) {
  const session = useSignedIn();
  const ask = useAsk();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const runner = runnerOf(app, session);
  useSyncExternalStore(runner.subscribe, runner.changes);
  const kept = useKept(app.id, runner);
  useEffect(() => runner.setApp(app), [runner, app]);
  const [dialog, setDialog] = useState<Dialog>();
  const close = () => setDialog(undefined);
  const { mine } = app;

  const become = (next: App) => {
    runner.setApp(next);
    queries.setQueryData([session.arn, 'outcrop', `apps/${app.id}`], next);
    void queries.invalidateQueries({ queryKey: [session.arn, 'outcrop', 'apps'] });
  };
  const credited = () => queries.invalidateQueries({ queryKey: [session.arn, 'outcrop', 'apps/credits'] });
  /** Every change is saved at once. */
  const save = async (change: Partial<Content>) => {
    const { title, description, widgets, version } = app;
    become(await ask<App>('PUT', `apps/${app.id}`, { title, description, widgets, version, ...change }));
  };
  const saving = useAction((_signal, change: Partial<Content>) => save(change));
  const remix = useAction(async () => {
    const copy = await ask<App>('POST', `apps/${app.id}/remix`);
    tellSuccess('This copy is yours: change it as you like.');
    void navigate(`/apps/${copy.id}`);
  });
  const run = async (what: Parameters<Runner['run']>[0] = {}) => {
    await runner.run(what);
    await credited();
  };

  const add = (kind: Kind) => setDialog({ show: 'widget', widget: newWidget(kind, app, models), isNew: true });
  const asked = app.widgets.filter((widget) => 'prompt' in widget && widget.kind !== 'chat');
  const runnable = asked.filter(({ id }) => app.order.includes(id));
  const waiting = runnable.filter((widget) => !['fresh', 'running'].includes(runner.status(widget)));

  return (
    <Page
      title={app.title}
      trail={TRAIL}
      description={app.description}
      actions={
        <SpaceBetween size="xs" direction="horizontal">
          {runner.busy ? (
            <Button iconName="status-stopped" onClick={() => runner.stop()}>
              Stop
            </Button>
          ) : (
            <Button
              variant="primary"
              iconName="caret-right-filled"
              disabled={waiting.length === 0}
              onClick={() => void run()}
            >
              Run
            </Button>
          )}
          {!runner.busy && runnable.length > 0 && (
            <Button onClick={() => void run({ again: true })}>Run all again</Button>
          )}
          {mine && (
            <ButtonDropdown
              items={Object.entries(KINDS).map(([id, { name, does }]) => ({ id, text: name, secondaryText: does }))}
              onItemClick={({ detail }) => add(detail.id as Kind)}
            >
              Add widget
            </ButtonDropdown>
          )}
          {mine && <Button onClick={() => setDialog({ show: 'share' })}>{app.shared ? 'Shared' : 'Share'}</Button>}
          {!mine && (
            <Button loading={remix.pending} onClick={() => void remix.run()}>
              Remix
            </Button>
          )}
          <ButtonDropdown
            items={[
              ...(mine
                ? [
                    { id: 'details', text: 'Edit title' },
                    { id: 'snapshots', text: 'Snapshots' },
                  ]
                : []),
              { id: 'code', text: 'Export as code' },
              ...(mine
                ? [
                    { id: 'remix', text: 'Remix' },
                    { id: 'delete', text: 'Delete app' },
                  ]
                : []),
            ]}
            onItemClick={({ detail }) =>
              detail.id === 'remix' ? void remix.run() : setDialog({ show: detail.id as 'share' })
            }
          >
            Actions
          </ButtonDropdown>
        </SpaceBetween>
      }
    >
      <CreditMeter />
      {!mine && (
        <Alert type="info" header="Read-only">
          {`${nameOf(app.owner)} shares this app. You run it with inputs and credits of your own; to change it, remix it: that makes a copy of yours.`}
        </Alert>
      )}
      {app.remixOf && (
        <div>
          Remix of <Link href={`#/apps/${app.remixOf.id}`}>{app.remixOf.title}</Link> by {nameOf(app.remixOf.owner)}
        </div>
      )}
      {kept.error ? <Failure error={kept.error} /> : null}
      {!kept.ready && !kept.error ? (
        <Loading />
      ) : app.widgets.length === 0 ? (
        <Empty title="The app has no widgets yet">
          {mine
            ? 'Add widget: first a user input, then an AI text whose prompt refers to it, such as: Write a poem about @Topic.'
            : 'Its owner has not added any.'}
        </Empty>
      ) : (
        <ul className="apps-grid">
          {app.widgets.map((widget, at) => (
            <li key={widget.id} className={`apps-${widget.width}`}>
              <WidgetCard
                app={app}
                widget={widget}
                runner={runner}
                models={models}
                busy={saving.pending}
                run={() => void run({ only: widget.id, again: true })}
                credited={() => void credited()}
                {...(mine
                  ? {
                      edit: {
                        open: () => setDialog({ show: 'widget', widget, isNew: false }),
                        duplicate: () => void saving.run({ widgets: duplicated(app.widgets, at) }),
                        move: (by) => void saving.run({ widgets: moved(app.widgets, at, by) }),
                        remove: () => setDialog({ show: 'delete widget', widget }),
                        isFirst: at === 0,
                        isLast: at === app.widgets.length - 1,
                      },
                    }
                  : {})}
              />
            </li>
          ))}
        </ul>
      )}
      {dialog?.show === 'widget' && (
        <WidgetDialog
          key={dialog.widget.id}
          widget={dialog.widget}
          isNew={dialog.isNew}
          others={app.widgets.filter(({ id }) => id !== dialog.widget.id)}
          models={models}
          save={(widget) =>
            save({
              widgets: dialog.isNew
                ? [...app.widgets, widget]
                : app.widgets.map((each) => (each.id === widget.id ? widget : each)),
            })
          }
          close={close}
        />
      )}
      {dialog?.show === 'delete widget' && (
        <AskFirst
          title={`Delete ${dialog.widget.title}?`}
          action="Delete"
          act={() => save({ widgets: app.widgets.filter(({ id }) => id !== dialog.widget.id) })}
          close={close}
        >
          Prompts that refer to it will say so, until you change them.
        </AskFirst>
      )}
      {dialog?.show === 'share' && <ShareDialog app={app} become={become} close={close} />}
      {dialog?.show === 'code' && <CodeDialog app={app} close={close} />}
      {dialog?.show === 'details' && <DetailsDialog app={app} save={save} close={close} />}
      {dialog?.show === 'snapshots' && (
        <SnapshotsDialog
          app={app}
          state={runner.state}
          restored={(next, state: State) => {
            runner.restore(next, state);
            become(next);
          }}
          close={close}
        />
      )}
      {dialog?.show === 'delete' && (
        <AskFirst
          title={`Delete ${app.title}?`}
          action="Delete"
          act={async () => {
            await ask('DELETE', `apps/${app.id}`);
            await queries.invalidateQueries({ queryKey: [session.arn, 'outcrop', 'apps'], exact: true });
            void navigate('/apps');
          }}
          close={close}
        >
          The app is gone for good, with its snapshots. Copies that others have remixed stay.
        </AskFirst>
      )}
    </Page>
  );
}

function freeTitle(wanted: string, widgets: readonly Widget[]): string {
  const taken = new Set(widgets.map(({ title }) => title.toLowerCase()));
  let title = wanted;
  for (let number = 2; taken.has(title.toLowerCase()); number++) title = `${wanted} ${number}`;
  return title;
}

function newWidget(kind: Kind, { widgets }: App, models: Models | undefined): Widget {
  const titles: Record<Kind, string> = {
    input: 'Topic',
    document: 'Document',
    static: 'About',
    text: 'Text',
    image: 'Picture',
    chat: 'Chat',
  };
  const common = { id: crypto.randomUUID(), title: freeTitle(titles[kind], widgets), width: 'half' as const };
  const words = { prompt: '', model: models?.standard.text ?? '', temperature: 0.7, maxTokens: 1024 };
  if (kind === 'input') return { ...common, kind, placeholder: '', value: '' };
  if (kind === 'document') return { ...common, kind };
  if (kind === 'static') return { ...common, kind, text: '' };
  if (kind === 'image') return { ...common, kind, prompt: '', model: models?.standard.image ?? '', size: '512x512' };
  if (kind === 'chat') return { ...common, kind, ...words, greeting: '' };
  return { ...common, kind, ...words };
}

const duplicated = (widgets: readonly Widget[], at: number): Widget[] => [
  ...widgets.slice(0, at + 1),
  { ...widgets[at]!, id: crypto.randomUUID(), title: freeTitle(widgets[at]!.title.slice(0, 55), widgets) },
  ...widgets.slice(at + 1),
];

function moved(widgets: readonly Widget[], at: number, by: -1 | 1): Widget[] {
  const next = [...widgets];
  [next[at], next[at + by]] = [next[at + by]!, next[at]!];
  return next;
}
