import type { Readable } from 'node:stream';
import { z, ZodError } from 'zod';
import { blind, readBlind } from '../engines/review/blind.ts';
import { Review, ReviewError, TEXT_LENGTH_MAX, type Assignment } from '../engines/review/review.ts';
import { formToken, isFormToken, Workers, type Worker } from '../engines/review/workers.ts';
import { collect } from '../gateway/body.ts';
import { AwsError } from '../kernel/errors.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Transaction } from '../kernel/store/store.ts';
import type { WireRequest, WireResponse } from '../protocol/message.ts';

const BODY_BYTES_MAX = 256 * 1024;
const COOKIE = 'outcrop-review';
const HOME = '/_outcrop/review';
/** Carries the session's token, which pages of other sites cannot know, with each step. */
const TOKEN_HEADER = 'x-outcrop-review-token';

/** The console's page for those who review, its JSON API, and what the stack's root does for them: access codes, and how far the work is. */
export function reviewDesk(kernel: Kernel, page: (request: WireRequest) => Promise<WireResponse>) {
  const { store, clock, jobs } = kernel;
  const review = new Review<Transaction>({ store, clock, submit: (tx, job) => jobs.submit(tx, job) });
  const workers = new Workers<Transaction>({ store, clock });
  const desk = { review, workers, page, now: () => clock.now() };
  return {
    routes: {
      'GET review-teams': async () => ({ page: HOME, teams: await teamsOf(desk) }),
      'POST review-teams': async (_request: WireRequest, body: () => Promise<unknown>) => {
        const { team, workersPerTask } = issueBody.parse(await body());
        return { page: HOME, team, code: await workers.issue(team, workersPerTask) };
      },
    },
    answer: (request: WireRequest, source: Readable) =>
      answer(desk, request, source).catch((error: unknown) => {
        if (error instanceof AwsError) return refuse(error.status, error.message);
        if (error instanceof ReviewError) return refuse(409, error.message);
        if (error instanceof ZodError) return refuse(400, z.prettifyError(error));
        kernel.log.error({ err: error }, 'a step of the review failed');
        return refuse(500, 'Something went wrong. The log of the stack says what.');
      }),
  };
}

/** A new access code for a team; the one before it is good no longer. */
const issueBody = z.strictObject({
  /** ARN of the team's flow definition. */
  team: z.string().min(1).max(1024),
  /** Answers that each task needs, in queues that are opened from now on. */
  workersPerTask: z.number().int().optional(),
});

const signInBody = z.strictObject({ name: z.string(), code: z.string() });
const queueBody = z.strictObject({ queue: z.string().max(1024) });
const taskBody = z.strictObject({ queue: z.string().max(1024), index: z.number().int().min(0) });
const submitBody = taskBody.extend({
  /** One a question, by place. */
  answers: z
    .array(
      z.union([
        z.array(z.union([z.boolean(), z.number().int(), z.null()])).max(100),
        z.number().int(),
        z.string().max(TEXT_LENGTH_MAX),
        z.null(),
      ]),
    )
    .max(100),
});

/** Teams with their queues. */
async function teamsOf({ review, workers }: Desk) {
  const teams = [];
  for (const { team, workersPerTask, issuedAtMs } of await workers.list()) {
    const queues = await review.ofTeam(team);
    teams.push({
      team,
      workersPerTask,
      issuedAt: new Date(issuedAtMs).toISOString(),
      queues: queues.map(({ id, title, tasks, done, state, workersPerTask: answersPerTask, createdAtMs }) => ({
        id,
        title,
        tasks,
        done,
        state,
        answersPerTask,
        createdAt: new Date(createdAtMs).toISOString(),
      })),
    });
  }
  return teams;
}

type Desk = {
  review: Review<Transaction>;
  workers: Workers<Transaction>;
  page: (request: WireRequest) => Promise<WireResponse>;
  now(): number;
};

async function answer(desk: Desk, request: WireRequest, source: Readable): Promise<WireResponse> {
  const { workers, review } = desk;
  const step = request.rawPath.slice(HOME.length).replace(/^\/+/, '');
  const cookie = new RegExp(`(?:^|;\\s*)${COOKIE}=([0-9a-f]{64})(?:;|$)`).exec(request.headers['cookie'] ?? '')?.[1];
  const worker = cookie === undefined ? undefined : await workers.session(cookie);
  if (request.method === 'GET') {
    if (step === '') return desk.page(request);
    if (step !== 'work') return refuse(404, 'There is no such page.');
    return json(200, worker ? await workOf(desk, worker, cookie!) : { worker: null });
  }
  if (request.method !== 'POST') return refuse(405, 'Work is read and steps are posted, nothing else.');
  const { origin } = request.headers;
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== request.host))
    return refuse(403, 'Steps are taken from this page alone.');
  // Forms of other sites cannot have this type without asking first.
  if (!/^application\/json(?:;|$)/.test(request.headers['content-type'] ?? ''))
    return refuse(415, 'Steps are JSON, and say so in their Content-Type.');
  const body = parse(await collect(source, BODY_BYTES_MAX));
  if (step === 'sign-in') return signIn(desk, signInBody.parse(body));
  if (!worker) return refuse(401, 'Sign in first.');
  if (!isFormToken(cookie!, request.headers[TOKEN_HEADER] ?? ''))
    return refuse(403, 'The step was not made for your session. Load the page again.');
  if (step === 'sign-out') {
    await workers.signOut(cookie!);
    return json(200, { worker: null }, `${COOKIE}=; Path=${HOME}; Max-Age=0; HttpOnly; SameSite=Strict`);
  }
  const run = Object.hasOwn(steps, step) ? steps[step] : undefined;
  if (!run) return refuse(404, 'There is no such step.');
  const { queue: id } = queueBody.loose().parse(body);
  const queue = await review.get(id);
  // Queues of other teams are not there.
  if (queue?.team !== worker.team) return refuse(404, 'There is no such work.');
  return json(200, await run(desk, worker, body));
}

/** What a worker does with a queue of their team. Throw ReviewError. */
const steps: Record<string, (desk: Desk, worker: Worker, body: unknown) => Promise<object>> = {
  async claim(desk, worker, body) {
    const { queue } = queueBody.parse(body);
    return { ...told(desk, await desk.review.claim(queue, worker.id)), ...(await queuesOf(desk, worker)) };
  },
  async release(desk, worker, body) {
    const { queue, index } = taskBody.parse(body);
    await desk.review.release(queue, index, worker.id);
    return queuesOf(desk, worker);
  },
  /** Takes the answers, and gives the next task. */
  async submit(desk, worker, body) {
    const { queue, index, answers } = submitBody.parse(body);
    // The browser has places alone; which candidate was where is the queue's to say.
    const assignment = await desk.review.assignment(queue, index, worker.id);
    await desk.review.submit(queue, index, worker.id, readBlind(assignment, answers));
    return { ...told(desk, await desk.review.claim(queue, worker.id)), ...(await queuesOf(desk, worker)) };
  },
};

/** A task, with the stack's time that its end is in. */
const told = ({ now }: Desk, assignment: Assignment | undefined) => ({
  task: assignment ? blind(assignment) : null,
  nowMs: now(),
});

async function signIn(desk: Desk, { code, name }: { code: string; name: string }): Promise<WireResponse> {
  try {
    const token = await desk.workers.signIn(code, name);
    const worker = await desk.workers.session(token);
    return json(200, await workOf(desk, worker!, token), `${COOKIE}=${token}; Path=${HOME}; HttpOnly; SameSite=Strict`);
  } catch (error) {
    if (error instanceof ReviewError) return refuse(403, error.message);
    throw error;
  }
}

/** Who is signed in, the token for their steps, and their queues. */
const workOf = async (desk: Desk, worker: Worker, cookie: string) => ({
  worker: { id: worker.id, name: worker.name },
  token: formToken(cookie),
  ...(await queuesOf(desk, worker)),
});

async function queuesOf({ review }: Desk, worker: Worker) {
  const queues = [];
  for (const { id, title, tasks, done, state } of await review.ofTeam(worker.team)) {
    const own = await review.progress(id, worker.id);
    queues.push({ id, title, tasks, done, state, doneByYou: own.done, leftForYou: own.left });
  }
  return { queues };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new AwsError('BadRequest', `The body is not JSON: ${(error as Error).message}`, 400, {}, { cause: error });
  }
}

const json = (status: number, body: object, cookie?: string): WireResponse => ({
  status,
  headers: {
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
  },
  body: JSON.stringify(body),
});

const refuse = (status: number, message: string): WireResponse => json(status, { message });
