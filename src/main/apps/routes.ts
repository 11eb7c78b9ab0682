import { Readable } from 'node:stream';
import { z } from 'zod';
import { StreamedAnswer, type ManagementRoutes } from '../../gateway/management.ts';
import type { Engines } from '../../kernel/engines.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { identityArn } from '../../kernel/principals/principal.ts';
import type { WireRequest } from '../../protocol/message.ts';
import { appContent, modelId, type App } from './app.ts';
import { codeOf } from './code.ts';
import { Credits } from './credits.ts';
import { appOf } from './generate.ts';
import { SENTENCE_MAX, STATE_CHARACTERS_MAX } from './limits.ts';
import { appModels } from './models.ts';
import { proposeApp } from './propose.ts';
import { wiringOf } from './references.ts';
import { runBody, runWidget } from './run.ts';
import { Apps } from './store.ts';

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not a region, e.g. us-east-1');
const generateBody = z.strictObject({
  sentence: z.string().trim().min(1, 'say what the app is to do').max(SENTENCE_MAX),
  /** Which model proposes it, and fills in its texts; absent: the standard one. */
  model: modelId.optional(),
  region: region.optional(),
});
const versioned = z.strictObject({ version: z.number().int().min(1) });
const updateBody = z.strictObject({ ...appContent.shape, ...versioned.shape });
const shareBody = z.strictObject({ shared: z.boolean() });
/** The page's own: inputs and outputs. */
const stateBody = z.strictObject({ state: z.record(z.string(), z.unknown()) });
const snapshotBody = stateBody.extend({ name: z.string().trim().min(1, 'a snapshot has a name').max(60) });

function checkState(state: object): void {
  if (JSON.stringify(state).length > STATE_CHARACTERS_MAX)
    throw new RangeError('The inputs and outputs are too large to be kept.');
}

/** Tokens that a model may take to propose an app. */
const PROPOSAL_TOKENS_MAX = 4_000;

/**
 * `/_outcrop/apps…`: apps that users make and run without permissions of their own, by any principal of the stack. An app is of the user or
 * role that made it, whatever the session is called.
 */
export function appRoutes({
  kernel,
  engines,
  creditsADay,
}: {
  kernel: Kernel;
  engines: Engines;
  creditsADay: number;
}): ManagementRoutes {
  const apps = new Apps(kernel);
  const credits = new Credits(kernel, creditsADay);
  return {
    'GET apps': async (_request, _body, _bytes, principal) => {
      const user = identityArn(principal);
      return {
        own: (await apps.listOwn(user)).map(summaryOf),
        shared: (await apps.listShared(user)).map(summaryOf),
      };
    },
    'GET apps/credits': (_request, _body, _bytes, principal) => credits.use(identityArn(principal)),
    'GET apps/models': ({ rawQuery }) => appModels({ kernel, engines }, regionOf(rawQuery, kernel)),
    'POST apps/generate': async (_request, body, _bytes, principal) =>
      generate({ kernel, engines, credits }, identityArn(principal), generateBody.parse(await body())),
    'POST apps': async (_request, body, _bytes, principal) =>
      shown(await apps.create(identityArn(principal), appContent.parse(await body())), principal),
    'GET apps/*': async (request, _body, _bytes, principal) =>
      shown(await apps.get(identityArn(principal), partOf(request, 1)), principal),
    'PUT apps/*': async (request, body, _bytes, principal) => {
      const { version, ...content } = updateBody.parse(await body());
      return shown(await apps.update(identityArn(principal), partOf(request, 1), version, content), principal);
    },
    'DELETE apps/*': async (request, _body, _bytes, principal) => {
      await apps.delete(identityArn(principal), partOf(request, 1));
      return { deleted: true };
    },
    'POST apps/*/share': async (request, body, _bytes, principal) => {
      const { shared } = shareBody.parse(await body());
      return shown(await apps.share(identityArn(principal), partOf(request, 1), shared), principal);
    },
    'POST apps/*/remix': async (request, _body, _bytes, principal) =>
      shown(await apps.remix(identityArn(principal), partOf(request, 1)), principal),
    'GET apps/*/code': async (request, _body, _bytes, principal) => {
      const app = await apps.get(identityArn(principal), partOf(request, 1));
      const language = z
        .enum(['python', 'javascript'])
        .parse(new URLSearchParams(request.rawQuery).get('language') ?? 'python');
      const endpoint = `${request.secure ? 'https' : 'http'}://${request.host}`;
      const at = { endpoint, region: regionOf(request.rawQuery, kernel) };
      return { language, code: codeOf(app, language, at) };
    },
    'POST apps/*/run': async (request, body, _bytes, principal) => {
      const user = identityArn(principal);
      const app = await apps.get(user, partOf(request, 1));
      const run = runBody.parse(await body());
      const controller = new AbortController();
      const lines = await runWidget({ kernel, credits }, { app, user, run, signal: controller.signal });
      // Who has gone needs no answer: the model is told so.
      const stream = readable(texts(lines), () => controller.abort(new Error('the client has gone')));
      return new StreamedAnswer('application/x-ndjson', stream);
    },
    'GET apps/*/state': async (request, _body, _bytes, principal) => ({
      state: (await apps.state(identityArn(principal), partOf(request, 1))) ?? null,
    }),
    'PUT apps/*/state': async (request, body, _bytes, principal) => {
      const { state } = stateBody.parse(await body());
      checkState(state);
      await apps.keepState(identityArn(principal), partOf(request, 1), state);
      return { kept: true };
    },
    'GET apps/*/snapshots': async (request, _body, _bytes, principal) => ({
      snapshots: await apps.snapshots(identityArn(principal), partOf(request, 1)),
    }),
    'POST apps/*/snapshots': async (request, body, _bytes, principal) => {
      const { name, state } = snapshotBody.parse(await body());
      checkState(state);
      return apps.snapshot(identityArn(principal), partOf(request, 1), name, state);
    },
    'POST apps/*/snapshots/*/restore': async (request, body, _bytes, principal) => {
      const { version } = versioned.parse(await body());
      const restored = await apps.restore(identityArn(principal), partOf(request, 1), partOf(request, 3), version);
      return { app: shown(restored.app, principal), state: restored.state };
    },
    'DELETE apps/*/snapshots/*': async (request, _body, _bytes, principal) => {
      await apps.deleteSnapshot(identityArn(principal), partOf(request, 1), partOf(request, 3));
      return { deleted: true };
    },
  };
}

/** A part of the path after `/_outcrop/`: `apps/<id>/…`. */
const partOf = ({ rawPath }: WireRequest, at: number) => decodeURIComponent(rawPath.split('/')[at + 2]!);

const regionOf = (rawQuery: string, kernel: Kernel) =>
  region.parse(new URLSearchParams(rawQuery).get('region') ?? kernel.region);

/** As a stream; `gone` is called at its end, however it comes, before what makes it has noticed. */
function readable(source: AsyncGenerator<string, void>, gone: () => void): Readable {
  const stream = new Readable({
    read: () => void next(),
    destroy(error, done) {
      gone();
      void end();
      done(error);
    },
  });
  const next = async () => {
    try {
      const { done, value } = await source.next();
      if (!stream.destroyed) stream.push(done ? null : value);
    } catch (error) {
      stream.destroy(error as Error);
    }
  };
  /** It ends by itself, and charges for what there was. */
  const end = async () => {
    try {
      await source.return();
    } catch {
      // Nobody is there any more to be told.
    }
  };
  return stream;
}

async function* texts(lines: AsyncIterable<object>): AsyncGenerator<string, void> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`;
}

const summaryOf = ({ id, title, description, owner, shared, createdMs, updatedMs, widgets }: App) => ({
  id,
  title,
  description,
  owner,
  shared,
  createdAt: new Date(createdMs).toISOString(),
  updatedAt: new Date(updatedMs).toISOString(),
  widgets: widgets.length,
});

/** An app with how its widgets hang together, and whose it is. */
function shown({ createdMs, updatedMs, ...app }: App, principal: Parameters<typeof identityArn>[0]) {
  return {
    ...app,
    createdAt: new Date(createdMs).toISOString(),
    updatedAt: new Date(updatedMs).toISOString(),
    mine: app.owner === identityArn(principal),
    ...wiringOf(app.widgets),
  };
}

/** By a model where one is bound; by the words of the sentence where none is, or where its proposal is not whole. */
async function generate(
  { kernel, engines, credits }: { kernel: Kernel; engines: Engines; credits: Credits },
  user: string,
  { sentence, model, region = kernel.region }: z.output<typeof generateBody>,
) {
  const { text, standard } = await appModels({ kernel, engines }, region);
  const models = { text: model ?? standard.text, image: standard.image };
  const backend =
    text.find(({ id }) => id === models.text)?.backend ??
    (await (await engines.llm.registry()).backendOf(models.text.replace(/^(?:us|eu|apac|global)\./, ''))).backend;
  if (backend === 'builtin')
    return {
      by: 'words' as const,
      note: `${models.text} is answered by the built-in worker, which designs nothing: the app was made from the words of your sentence by rules. Bind a language model to have one design it.`,
      ...appOf(sentence, models),
    };
  const held = await credits.hold(user, PROPOSAL_TOKENS_MAX);
  let spent = 0;
  try {
    const proposal = await proposeApp(kernel, {
      sentence,
      models,
      region,
      maxTokens: held.credits,
      signal: AbortSignal.timeout(120_000),
    });
    spent = proposal.inputTokens + proposal.outputTokens;
    if ('content' in proposal)
      return { by: 'model' as const, note: `Designed by ${models.text}.`, ...proposal.content };
    return {
      by: 'words' as const,
      note: `The proposal of ${models.text} could not be used (${proposal.fault}). The app was made from the words of your sentence by rules.`,
      ...appOf(sentence, models),
    };
  } finally {
    await held.settle(spent);
  }
}
