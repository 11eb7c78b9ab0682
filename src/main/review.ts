import type { Readable } from 'node:stream';
import { z } from 'zod';
import { overviewPage, readForm, signInPage, STYLE, taskPage } from '../engines/review/page.ts';
import { Review, ReviewError } from '../engines/review/review.ts';
import { formToken, isFormToken, Workers, type Worker } from '../engines/review/workers.ts';
import { collect } from '../gateway/body.ts';
import { AwsError } from '../kernel/errors.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Transaction } from '../kernel/store/store.ts';
import type { WireRequest, WireResponse } from '../protocol/message.ts';

const FORM_BYTES_MAX = 256 * 1024;
const COOKIE = 'outcrop-review';
const HOME = '/_outcrop/review';
/** Nothing from elsewhere, no scripts, forms to this stack alone. */
const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** The pages of those who review, and what the stack's root does for them: access codes, and how far the work is. */
export function reviewDesk(kernel: Kernel) {
  const { store, clock, jobs } = kernel;
  const review = new Review<Transaction>({ store, clock, submit: (tx, job) => jobs.submit(tx, job) });
  const workers = new Workers<Transaction>({ store, clock });
  return {
    routes: {
      'GET review-teams': async () => ({ page: HOME, teams: await teamsOf({ review, workers }) }),
      'POST review-teams': async (_request: WireRequest, body: () => Promise<unknown>) => {
        const { team, workersPerTask } = issueBody.parse(await body());
        return { page: HOME, team, code: await workers.issue(team, workersPerTask) };
      },
    },
    answer: (request: WireRequest, source: Readable) =>
      answer({ review, workers }, request, source).catch((error: unknown) => {
        if (error instanceof AwsError) return html(error.status, signInPage(error.message));
        kernel.log.error({ err: error }, 'a page of the review failed');
        return html(500, signInPage('Something went wrong. The log of the stack says what.'));
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

/** Teams with their queues. */
async function teamsOf({ review, workers }: Desk) {
  const teams = [];
  for (const { team, workersPerTask } of await workers.list()) {
    const queues = await review.ofTeam(team);
    teams.push({
      team,
      workersPerTask,
      queues: queues.map(({ id, title, tasks, done, state }) => ({ id, title, tasks, done, state })),
    });
  }
  return teams;
}

type Desk = { review: Review<Transaction>; workers: Workers<Transaction> };

async function answer(desk: Desk, request: WireRequest, source: Readable): Promise<WireResponse> {
  const { workers, review } = desk;
  const step = request.rawPath.slice(HOME.length).replace(/^\/+/, '');
  if (step === 'style.css' && request.method === 'GET')
    return { status: 200, headers: { 'content-type': 'text/css', 'cache-control': 'no-cache' }, body: STYLE };
  const cookie = new RegExp(`(?:^|;\\s*)${COOKIE}=([0-9a-f]{64})(?:;|$)`).exec(request.headers['cookie'] ?? '')?.[1];
  const worker = cookie === undefined ? undefined : await workers.session(cookie);
  if (request.method === 'GET') {
    if (step !== '') return html(404, signInPage('There is no such page.'));
    return html(200, worker ? await overview(desk, worker, cookie!) : signInPage());
  }
  if (request.method !== 'POST') return html(405, signInPage('Pages are read and forms are posted, nothing else.'));
  const { origin } = request.headers;
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== request.host))
    return html(403, signInPage('Forms are taken from this page alone.'));
  const form = new URLSearchParams(Buffer.from(await collect(source, FORM_BYTES_MAX)).toString('utf8'));
  if (step === 'sign-in') return signIn(desk, form);
  if (!worker) return html(403, signInPage('Sign in first.'));
  if (!isFormToken(cookie!, form.get('token') ?? ''))
    return html(403, await overview(desk, worker, cookie!, 'The form was not made for you. Try again.'));
  const queue = await review.get(form.get('queue') ?? '');
  if (step === 'sign-out') {
    await workers.signOut(cookie!);
    return redirect(`${COOKIE}=; Path=${HOME}; Max-Age=0; HttpOnly; SameSite=Strict`);
  }
  // Queues of other teams are not there.
  if (queue?.team !== worker.team) return html(404, await overview(desk, worker, cookie!, 'There is no such work.'));
  if (step === 'claim') return next(desk, worker, cookie!, queue.id);
  if (step === 'release') {
    await review.release(queue.id, Number(form.get('index')), worker.id);
    return redirect();
  }
  if (step === 'submit') return submit(desk, worker, cookie!, queue.id, form);
  return html(404, await overview(desk, worker, cookie!, 'There is no such page.'));
}

async function signIn({ workers }: Desk, form: URLSearchParams): Promise<WireResponse> {
  try {
    const token = await workers.signIn(form.get('code') ?? '', form.get('name') ?? '');
    return redirect(`${COOKIE}=${token}; Path=${HOME}; HttpOnly; SameSite=Strict`);
  } catch (error) {
    if (error instanceof ReviewError) return html(403, signInPage(error.message));
    throw error;
  }
}

async function next(
  desk: Desk,
  worker: Worker,
  cookie: string,
  queueId: string,
  fault?: string,
): Promise<WireResponse> {
  const assignment = await desk.review.claim(queueId, worker.id);
  return assignment
    ? html(fault === undefined ? 200 : 400, taskPage(assignment, formToken(cookie), fault))
    : html(200, await overview(desk, worker, cookie, fault));
}

async function submit(
  desk: Desk,
  worker: Worker,
  cookie: string,
  queueId: string,
  form: URLSearchParams,
): Promise<WireResponse> {
  const { review } = desk;
  const index = Number(form.get('index'));
  try {
    // The form has places alone; which candidate was where is the queue's to say.
    const assignment = await review.assignment(queueId, index, worker.id);
    await review.submit(queueId, index, worker.id, readForm(assignment, form));
  } catch (error) {
    if (error instanceof ReviewError) return next(desk, worker, cookie, queueId, error.message);
    throw error;
  }
  return next(desk, worker, cookie, queueId);
}

async function overview({ review }: Desk, worker: Worker, cookie: string, fault?: string): Promise<string> {
  const found = [];
  for (const queue of await review.ofTeam(worker.team))
    found.push({ queue, ...(await review.progress(queue.id, worker.id)) });
  return overviewPage(worker, found, formToken(cookie), fault);
}

const html = (status: number, body: string): WireResponse => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  },
  body,
});

const redirect = (cookie?: string): WireResponse => ({
  status: 303,
  headers: { location: HOME, 'cache-control': 'no-store', ...(cookie === undefined ? {} : { 'set-cookie': cookie }) },
});
