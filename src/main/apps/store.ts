import type { Blob } from '../../kernel/blobs/blobs.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { collection, type Reader, type Transaction } from '../../kernel/store/store.ts';
import { appContent, asksModel, type App, type AppContent } from './app.ts';
import { APPS_OF_USER_MAX, SHARED_LISTED_MAX, SNAPSHOTS_OF_APP_MAX, TITLE_MAX } from './limits.ts';
import { renamed } from './references.ts';

const apps = collection<App>('apps/app');
/** By owner and id. */
const owned = collection<true>('apps/owned');
const shared = collection<true>('apps/shared');
const snapshots = collection<Snapshot>('apps/snapshot');

/** What a user last had in an app, by app and user. */
const states = collection<{ content: Blob }>('apps/state');

type Snapshot = { id: string; name: string; createdMs: number; widgets: number; content: Blob };
/** What a snapshot keeps: the app as it was, and what the page knew of inputs and outputs, which is the page's own. */
type Kept = { content: AppContent; state: unknown };

const ID_LENGTH = 12;
const ID_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** The apps of a stack: each its owner's to change; read by others where it is shared. */
export class Apps {
  readonly #kernel: Kernel;
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** An app that a user may see. Others' apps that are not shared are not there. */
  async get(user: string, id: string, reader: Reader = this.#kernel.store): Promise<App> {
    const app = await reader.get(apps, [id]);
    if (!app || (app.owner !== user && !app.shared))
      throw new AwsError('NoSuchApp', `There is no app ${id}, or its owner does not share it.`, 404);
    return app;
  }

  async #own(tx: Transaction, user: string, id: string): Promise<App> {
    const app = await this.get(user, id, tx);
    if (app.owner !== user)
      throw new AwsError('NotYours', `The app is of ${app.owner}. Remix it to have a copy that you can change.`, 403);
    return app;
  }

  async listOwn(user: string): Promise<App[]> {
    const { store } = this.#kernel;
    const found = await store.range(owned, [user], { limit: APPS_OF_USER_MAX });
    const list = await Promise.all(found.map(({ key }) => store.get(apps, [key.at(-1)!])));
    return list.filter((app) => app !== undefined).sort((a, b) => b.updatedMs - a.updatedMs);
  }

  /** What others share. */
  async listShared(user: string): Promise<App[]> {
    const { store } = this.#kernel;
    const found = await store.range(shared, [], { limit: SHARED_LISTED_MAX });
    const list = await Promise.all(found.map(({ key }) => store.get(apps, [key.at(-1)!])));
    return list
      .filter((app) => app !== undefined && app.owner !== user)
      .map((app) => app!)
      .sort((a, b) => b.updatedMs - a.updatedMs);
  }

  create(user: string, content: AppContent): Promise<App> {
    return this.#kernel.store.transact((tx) => this.#add(tx, user, content));
  }

  async #add(tx: Transaction, user: string, content: AppContent, remixOf?: App['remixOf']): Promise<App> {
    const { clock, ids } = this.#kernel;
    const mine = await tx.range(owned, [user], { limit: APPS_OF_USER_MAX });
    if (mine.length >= APPS_OF_USER_MAX)
      throw new AwsError('TooManyApps', `You have ${APPS_OF_USER_MAX} apps. Delete one first.`, 409);
    const app: App = {
      ...content,
      id: ids.text(ID_LENGTH, ID_ALPHABET),
      owner: user,
      version: 1,
      shared: false,
      createdMs: clock.now(),
      updatedMs: clock.now(),
      ...(remixOf ? { remixOf } : {}),
    };
    tx.put(apps, [app.id], app);
    tx.put(owned, [user, app.id], true);
    return app;
  }

  /** Writes an app whose latest version its writer has seen. References follow widgets that are called otherwise now. */
  update(user: string, id: string, version: number, content: AppContent): Promise<App> {
    return this.#kernel.store.transact(async (tx) => {
      const before = await this.#own(tx, user, id);
      return this.#write(tx, before, version, appContent.parse(followNames(before, content)));
    });
  }

  #write(tx: Transaction, before: App, version: number, content: AppContent): App {
    if (before.version !== version)
      throw new AwsError(
        'VersionConflict',
        `The app was changed elsewhere: it is at version ${before.version}, and this change is of version ${version}. Load it anew.`,
        409,
      );
    const app: App = { ...before, ...content, version: version + 1, updatedMs: this.#kernel.clock.now() };
    tx.put(apps, [app.id], app);
    return app;
  }

  share(user: string, id: string, share: boolean): Promise<App> {
    return this.#kernel.store.transact(async (tx) => {
      const app = { ...(await this.#own(tx, user, id)), shared: share };
      tx.put(apps, [id], app);
      if (share) tx.put(shared, [id], true);
      else tx.delete(shared, [id]);
      return app;
    });
  }

  /** A copy of one's own, of an app that one may see. */
  remix(user: string, id: string): Promise<App> {
    return this.#kernel.store.transact(async (tx) => {
      const { title, description, widgets, owner } = await this.get(user, id, tx);
      const content = { title: `Remix of ${title}`.slice(0, TITLE_MAX), description, widgets };
      return this.#add(tx, user, content, { id, title, owner });
    });
  }

  async delete(user: string, id: string): Promise<void> {
    const { store, blobs } = this.#kernel;
    await store.transact(async (tx) => {
      await this.#own(tx, user, id);
      for (const { key, value } of await tx.range(snapshots, [id])) {
        tx.delete(snapshots, [id, key.at(-1)!]);
        await blobs.release(tx, value.content);
      }
      for (const { key, value } of await tx.range(states, [id])) {
        tx.delete(states, [id, key.at(-1)!]);
        await blobs.release(tx, value.content);
      }
      tx.delete(apps, [id]);
      tx.delete(owned, [user, id]);
      tx.delete(shared, [id]);
    });
  }

  /** The inputs and outputs that a user left an app with: the page's own. */
  async state(user: string, id: string): Promise<unknown> {
    const { store, blobs } = this.#kernel;
    await this.get(user, id);
    const found = await store.get(states, [id, user]);
    return found && (JSON.parse((await blobs.bytes(found.content)).toString('utf8')) as unknown);
  }

  async keepState(user: string, id: string, state: unknown): Promise<void> {
    const { store, blobs } = this.#kernel;
    await this.get(user, id);
    const content = await blobs.put(Buffer.from(JSON.stringify(state)));
    try {
      await store.transact(async (tx) => {
        await this.get(user, id, tx);
        const before = await tx.get(states, [id, user]);
        if (before) await blobs.release(tx, before.content);
        await blobs.retain(tx, content);
        tx.put(states, [id, user], { content });
      });
    } catch (error) {
      await blobs.discard(content);
      throw error;
    }
  }

  async snapshots(user: string, id: string): Promise<Omit<Snapshot, 'content'>[]> {
    const found = await this.#kernel.store.transact(async (tx) => {
      await this.#own(tx, user, id);
      return tx.range(snapshots, [id]);
    });
    return found
      .map(({ value: { content: _content, ...rest } }) => rest)
      .sort((a, b) => b.createdMs - a.createdMs || b.id.localeCompare(a.id));
  }

  async snapshot(user: string, id: string, name: string, state: unknown): Promise<Omit<Snapshot, 'content'>> {
    const { store, blobs, ids, clock } = this.#kernel;
    const { title, description, widgets } = await store.transact((tx) => this.#own(tx, user, id));
    const kept: Kept = { content: { title, description, widgets }, state };
    const content = await blobs.put(Buffer.from(JSON.stringify(kept)));
    const made = { id: ids.sortable(clock.now()), name, createdMs: clock.now(), widgets: widgets.length };
    try {
      await store.transact(async (tx) => {
        await this.#own(tx, user, id);
        if ((await tx.range(snapshots, [id])).length >= SNAPSHOTS_OF_APP_MAX)
          throw new AwsError('TooManySnapshots', `An app has ${SNAPSHOTS_OF_APP_MAX} snapshots at most.`, 409);
        await blobs.retain(tx, content);
        tx.put(snapshots, [id, made.id], { ...made, content });
      });
    } catch (error) {
      await blobs.discard(content);
      throw error;
    }
    return made;
  }

  /** The app becomes what it was; what the page knew then is told. */
  async restore(user: string, id: string, snapshotId: string, version: number) {
    const { store, blobs } = this.#kernel;
    const found = await store.transact(async (tx) => {
      await this.#own(tx, user, id);
      return tx.get(snapshots, [id, snapshotId]);
    });
    if (!found) throw noSnapshot(snapshotId);
    const { content, state } = JSON.parse((await blobs.bytes(found.content)).toString('utf8')) as Kept;
    const app = await store.transact(async (tx) => this.#write(tx, await this.#own(tx, user, id), version, content));
    return { app, state };
  }

  async deleteSnapshot(user: string, id: string, snapshotId: string): Promise<void> {
    const { store, blobs } = this.#kernel;
    await store.transact(async (tx) => {
      await this.#own(tx, user, id);
      const found = await tx.get(snapshots, [id, snapshotId]);
      if (!found) throw noSnapshot(snapshotId);
      tx.delete(snapshots, [id, snapshotId]);
      await blobs.release(tx, found.content);
    });
  }
}

const noSnapshot = (id: string) => new AwsError('NoSuchSnapshot', `The app has no snapshot ${id}.`, 404);

function followNames({ widgets: before }: App, content: AppContent): AppContent {
  const changes = content.widgets.flatMap(({ id, title }) => {
    const from = before.find((each) => each.id === id)?.title;
    return from === undefined || from === title ? [] : [{ id, from, to: title }];
  });
  // Not where the old name is another widget's now.
  const titles = new Set(content.widgets.map(({ title }) => title.toLowerCase()));
  const gone = changes.filter(({ from }) => !titles.has(from.toLowerCase()));
  if (gone.length === 0) return content;
  return {
    ...content,
    widgets: content.widgets.map((widget) =>
      asksModel(widget)
        ? { ...widget, prompt: gone.reduce((prompt, { from, to }) => renamed(prompt, from, to), widget.prompt) }
        : widget,
    ),
  };
}
