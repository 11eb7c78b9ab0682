import {
  LIKERT_POINTS,
  TEXT_LENGTH_MAX,
  type Assignment,
  type Candidate,
  type Question,
  type Queue,
  type Value,
} from './review.ts';

/** The workers' pages: plain HTML and forms, no scripts. All text that comes from outside is escaped. */

/** Escapes text for HTML, in elements and in quoted attributes. */
const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

export const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8888;border-radius:6px;padding:1rem;margin:.25rem 0 1rem;font:inherit}
.answers{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}fieldset{border:1px solid #8888;border-radius:6px;margin:0 0 1rem}
label{margin-right:1rem;white-space:nowrap}button{font:inherit;padding:.4rem 1rem}.fault{color:#c22}table{border-collapse:collapse}td,th{padding:.3rem 1rem .3rem 0;text-align:left}`;

const document = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><link rel="stylesheet" href="/_outcrop/review/style.css"></head><body><h1>${escape(title)}</h1>${body}</body></html>`;

const faultOf = (fault: string | undefined) =>
  fault === undefined ? '' : `<p class="fault" role="alert">${escape(fault)}</p>`;

const hidden = (name: string, value: string) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`;

export const signInPage = (fault?: string): string =>
  document(
    'Review',
    `${faultOf(fault)}<form method="post" action="/_outcrop/review/sign-in"><p><label>Your name <input name="name" required maxlength="64" autocomplete="username"></label></p><p><label>Access code of your team <input name="code" type="password" required autocomplete="current-password"></label></p><p><button>Sign in</button></p></form>`,
  );

/** The queues that a worker may work on. */
export const overviewPage = (
  worker: { name: string },
  queues: readonly { queue: Queue; left: number; done: number }[],
  token: string,
  fault?: string,
): string =>
  document(
    'Review',
    `${faultOf(fault)}<p>Signed in as ${escape(worker.name)}.</p>${
      queues.length === 0
        ? '<p>There is no work for your team.</p>'
        : `<table><thead><tr><th>Work</th><th>Done by you</th><th>Left for you</th><th></th></tr></thead><tbody>${queues
            .map(
              ({ queue, left, done }) =>
                `<tr><td>${escape(queue.title)}</td><td>${done}</td><td>${left}</td><td>${
                  left > 0
                    ? `<form method="post" action="/_outcrop/review/claim">${hidden('token', token)}${hidden('queue', queue.id)}<button>Take the next task</button></form>`
                    : queue.state === 'open'
                      ? ''
                      : 'ended'
                }</td></tr>`,
            )
            .join('')}</tbody></table>`
    }<form method="post" action="/_outcrop/review/sign-out">${hidden('token', token)}<p><button>Sign out</button></p></form>`,
  );

/** Names of candidates on the page: nothing but their place. */
const placeOf = (at: number) => `Response ${at + 1}`;

const choices = (name: string, options: readonly (readonly [value: string, label: string])[]) =>
  options
    .map(
      ([value, label]) =>
        `<label><input type="radio" required name="${escape(name)}" value="${escape(value)}"> ${escape(label)}</label>`,
    )
    .join(' ');

const points = Array.from({ length: LIKERT_POINTS }, (_, at) => String(at + 1));

/** Fields of one question; their names are `<question>/<place>`: a candidate's id could tell where it comes from. */
function fields({ name, description, method }: Question, index: number, candidates: readonly Candidate[]): string {
  const field = (at: number) => `${index}/${at}`;
  const each = (options: readonly (readonly [string, string])[]) =>
    candidates
      .map((_, at) => `<p role="group" aria-label="${placeOf(at)}">${placeOf(at)}: ${choices(field(at), options)}</p>`)
      .join('');
  const bodies: Record<Question['method'], () => string> = {
    thumbs: () =>
      each([
        ['up', '👍 up'],
        ['down', '👎 down'],
      ]),
    likert: () =>
      each(
        points.map((point) => [
          point,
          point === '1' ? '1 (worst)' : point === String(LIKERT_POINTS) ? `${point} (best)` : point,
        ]),
      ),
    rank: () => each(candidates.map((_, at) => [String(at + 1), `rank ${at + 1}`])),
    choice: () =>
      `<p>${choices(
        field(0),
        candidates.map((_, at) => [String(at), `${placeOf(at)} is better`]),
      )}</p>`,
    'comparison-likert': () =>
      `<p>${choices(field(0), [
        ['1', `${placeOf(0)} is much better`],
        ['2', `${placeOf(0)} is better`],
        ['3', 'no difference'],
        ['4', `${placeOf(1)} is better`],
        ['5', `${placeOf(1)} is much better`],
      ])}</p>`,
    text: () => `<p><textarea name="${field(0)}" rows="4" cols="60" maxlength="${TEXT_LENGTH_MAX}"></textarea></p>`,
  };
  return `<fieldset><legend>${escape(name)}</legend>${description === undefined ? '' : `<p>${escape(description)}</p>`}${bodies[method]()}</fieldset>`;
}

/** One task with its questions. */
export function taskPage({ queue, index, material }: Assignment, token: string, fault?: string): string {
  const { prompt, category, reference, candidates } = material;
  return document(
    queue.title,
    `${faultOf(fault)}${queue.instructions === undefined ? '' : `<h2>Instructions</h2><pre>${escape(queue.instructions)}</pre>`}<p>Task ${index + 1} of ${queue.tasks}${
      category === undefined ? '' : `, ${escape(category)}`
    }</p><h2>Prompt</h2><pre>${escape(prompt)}</pre>${
      reference === undefined ? '' : `<h2>Reference</h2><pre>${escape(reference)}</pre>`
    }<div class="answers">${candidates
      .map(({ text }, at) => `<section><h2>${placeOf(at)}</h2><pre>${escape(text)}</pre></section>`)
      .join(
        '',
      )}</div><form method="post" action="/_outcrop/review/submit">${hidden('token', token)}${hidden('queue', queue.id)}${hidden('index', String(index))}${queue.questions
      .map((question, at) => fields(question, at, candidates))
      .join(
        '',
      )}<p><button>Submit</button></p></form><form method="post" action="/_outcrop/review/release">${hidden('token', token)}${hidden('queue', queue.id)}${hidden('index', String(index))}<p><button>Give the task back</button></p></form>`,
  );
}

/** The answers in a submitted form. What is missing or strange is left out, and refused by the queue. */
export function readForm({ queue, material }: Assignment, form: URLSearchParams): Record<string, Value> {
  const { candidates } = material;
  const values: Record<string, Value> = {};
  for (const [index, { name, method }] of queue.questions.entries()) {
    const given = (at: number) => form.get(`${index}/${at}`) ?? '';
    const each = <V>(read: (text: string) => V | undefined): Record<string, V> =>
      Object.fromEntries(
        candidates.flatMap(({ id }, at) => {
          const value = read(given(at));
          return value === undefined ? [] : [[id, value]];
        }),
      );
    const number = (text: string) => (/^\d{1,3}$/.test(text) ? Number(text) : undefined);
    if (method === 'thumbs') values[name] = { method, of: each((text) => (text === '' ? undefined : text === 'up')) };
    else if (method === 'likert' || method === 'rank') values[name] = { method, of: each(number) };
    else if (method === 'choice') values[name] = { method, chosen: candidates[number(given(0)) ?? -1]?.id ?? '' };
    else if (method === 'text') values[name] = { method, text: given(0) };
    else
      values[name] = {
        method,
        left: candidates[0]?.id ?? '',
        right: candidates[1]?.id ?? '',
        points: number(given(0)) ?? 0,
      };
  }
  return values;
}
