import { expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { BlindTask } from '../../src/engines/review/blind.ts';
import {
  FLOW,
  materials,
  mean,
  people,
  startEvaluations,
} from '../../src/services/bedrock/evaluation/evaluation.fixture.ts';
import { describeInBrowser, openConsole, type Opened } from './browser.ts';

const stack = await startEvaluations('console: review');
const { random, between, answering, outcrop, upload, create, get, ended, output, manage, report } = stack;
const { facts } = materials(stack);

const MODELS = ['llama', 'challenger', 'anthropic', 'meta.'];

/** Somebody who reviews, in a browser of their own. What the stack tells the page is kept. */
async function reviewer(code: string, name: string, look: { width?: number; dark?: boolean } = {}) {
  const opened = await openConsole(outcrop, { signedOut: true, ...look });
  const { page } = opened;
  const told: string[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/_outcrop/review/'))
      response.text().then(
        (text) => told.push(text),
        () => {},
      );
  });
  await page.goto(`${outcrop.endpoint}/_outcrop/review`);
  await signIn(page, code, name);
  return { ...opened, told };
}

async function signIn(page: Page, code: string, name: string) {
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Access code').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const responses = async (page: Page) => [
  await page.getByRole('group', { name: 'Response 1', exact: true }).innerText(),
  await page.getByRole('group', { name: 'Response 2', exact: true }).innerText(),
];
const radio = (page: Page, group: string, name: string) =>
  page.getByRole('radiogroup', { name: group }).getByRole('radio', { name });
const isThere = async (page: Page, text: string) => page.getByText(text).first().waitFor();
const issue = async (workersPerTask = 1): Promise<string> =>
  (await manage('POST', 'review-teams', { team: FLOW, workersPerTask })).code;
const seesNoModel = async ({ page, told }: Opened & { told: string[] }) => {
  const shown = `${await page.content()}${told.join('')}`.toLowerCase();
  for (const name of MODELS) expect(shown).not.toContain(name);
};

/** A test in the browser, on a machine that has other work. */
const LONG_MS = 120_000;

describeInBrowser('the page of those who review', () => {
  it(
    'bedrock-eval-human.1: raters give Likert, thumbs and preference; averages in the report equal their clicks, the order is blinded, unfinished items keep the job open',
    async () => {
      const lines = facts(3);
      answering['strong'] = (prompt) => `<b>The answer to</b> "${prompt.length}" is known.`;
      const uri = await upload(
        lines.map(({ prompt, reference }) => ({
          prompt,
          referenceResponse: reference,
          modelResponses: [{ response: `It is ${reference}.`, modelIdentifier: 'challenger' }],
        })),
      );
      const code = await issue(2);
      const { jobArn, jobName } = await create(
        people(uri, { helpful: 'IndividualLikertScale', accepted: 'ThumbsUpDown', preferred: 'ComparisonChoice' }),
      );
      await outcrop.clock.advance(0);
      const clicks: { points: number[]; thumbs: boolean[]; chosen: number }[] = [];
      for (const name of ['Ann', 'Ben']) {
        const opened = await reviewer(code, name);
        const { page, shot, accessible } = opened;
        await page.getByRole('button', { name: `Take the next task of ${jobName}` }).waitFor();
        await isThere(page, '0 done by you, 3 left for you');
        await accessible();
        await shot('review-queues');
        await page.getByRole('button', { name: `Take the next task of ${jobName}` }).click();
        for (const index of lines.keys()) {
          await page.getByText(`Task ${index + 1} of 3`).waitFor();
          expect((await get(jobArn)).status).toBe('InProgress');
          expect(await page.getByText('Rate with <care> & sense.').isVisible()).toBe(true);
          const shown = await responses(page);
          expect(shown).toContain(`It is ${lines[index]!.reference}.`);
          expect(shown).toContainEqual(expect.stringMatching(/^<b>The answer to<\/b>/));
          const strong = shown[0]!.startsWith('<b>') ? 0 : 1;
          const points = [between(1, 5), between(1, 5)];
          const thumbs = [random() < 0.5, random() < 0.5];
          const chosen = between(0, 1);
          if (name === 'Ann') {
            // By mouse; incomplete answers are asked for.
            for (const place of [0, 1]) {
              await page
                .getByRole('radiogroup', { name: `helpful: Response ${place + 1}` })
                .getByRole('radio')
                .nth(points[place]! - 1)
                .check();
              await radio(page, `accepted: Response ${place + 1}`, thumbs[place] ? 'Thumbs up' : 'Thumbs down').check();
            }
            await page.getByRole('button', { name: 'Submit' }).click();
            await isThere(page, 'Choose an answer.');
            await isThere(page, '1 answer is missing.');
            await radio(page, 'preferred', `Response ${chosen + 1} is better`).check();
            if (index === 0) {
              await accessible();
              await shot('review-task');
            }
            await page.getByRole('button', { name: 'Submit' }).click();
          } else {
            // By keys: each answer leads to the next.
            for (const point of points) await page.keyboard.press(String(point));
            for (const up of thumbs) await page.keyboard.press(up ? 't' : 'f');
            await page.keyboard.press(chosen === 0 ? 'ArrowLeft' : 'b');
            await isThere(page, 'All is answered.');
            await page.keyboard.press('Enter');
          }
          const of = (place: number) => (place === strong ? 0 : 1);
          clicks.push({
            points: [points[strong]!, points[1 - strong]!],
            thumbs: [thumbs[strong]!, thumbs[1 - strong]!],
            chosen: of(chosen),
          });
          await (
            index < 2 ? page.getByText(`Task ${index + 2} of 3`) : page.getByText('Your answers are in.')
          ).waitFor();
        }
        await seesNoModel(opened);
      }
      const job = await ended(jobArn);
      expect([job.status, job.jobType]).toEqual(['Completed', 'Human']);
      const { rows } = await output(jobName);
      const answers = (rows as any[]).flatMap(({ humanEvaluationResult }) => humanEvaluationResult.humanAnswers);
      expect(answers).toHaveLength(6);
      const likert = answers.flatMap(({ answerContent }) => answerContent.evaluationResults.individualLikertScale);
      const { metrics, workers } = await report(jobName);
      expect(workers).toBe(2);
      for (const at of [0, 1]) {
        const wanted = mean(clicks.map(({ points }) => points[at]!));
        const given = likert
          .filter(({ modelResponseId }) => modelResponseId === String(at))
          .map(({ result }) => result);
        expect(mean(given)).toBeCloseTo(wanted, 10);
        expect(metrics[0].models[at].average).toBeCloseTo(wanted, 10);
        expect(metrics[1].models[at].average).toBeCloseTo(mean(clicks.map(({ thumbs }) => Number(thumbs[at]))), 10);
        expect(metrics[2].models[at].wins).toBe(clicks.filter(({ chosen }) => chosen === at).length);
      }
    },
    LONG_MS,
  );

  it(
    'bedrock-eval-human.2: raters choose between two models; wins and ties equal their clicks with a confidence interval, no model is named, the order is shuffled per item',
    async () => {
      const count = 14;
      const lines = facts(count);
      answering['strong'] = () => 'Yes, that is known.';
      const uri = await upload(
        lines.map(({ prompt, reference }) => ({
          prompt,
          modelResponses: [{ response: `It is ${reference}.`, modelIdentifier: 'challenger' }],
        })),
      );
      const code = await issue();
      const { jobArn, jobName } = await create(
        people(uri, { better: 'ComparisonLikertScale', order: 'ComparisonRank' }),
      );
      await outcrop.clock.advance(0);
      const opened = await reviewer(code, 'Cleo', { width: 375, dark: true });
      const { page, shot, accessible } = opened;
      await page.getByRole('button', { name: `Take the next task of ${jobName}` }).click();
      const wins = { strong: 0, challenger: 0, tie: 0 };
      const places = new Set<number>();
      for (const index of lines.keys()) {
        await page.getByText(`Task ${index + 1} of ${count}`).waitFor();
        const strongAt = (await responses(page)).indexOf('Yes, that is known.');
        places.add(strongAt);
        // The first of each kind, then as it comes.
        const points = index < 3 ? [1, 3, 5][index]! : between(1, 5);
        const winner = points === 3 ? 'tie' : (points < 3 ? 0 : 1) === strongAt ? 'strong' : 'challenger';
        wins[winner] += 1;
        const ranks = winner === 'tie' ? ['1', '1'] : points < 3 ? ['1', '2'] : ['2', '1'];
        await page.keyboard.press(
          points === 2 ? 'a' : points === 3 ? 's' : points === 4 ? 'ArrowRight' : String(points),
        );
        for (const rank of ranks) await page.keyboard.press(rank);
        await isThere(page, 'All is answered.');
        if (index === 0) {
          await accessible();
          await shot('review-task-narrow-dark');
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
        }
        await page.getByRole('button', { name: 'Submit' }).click();
      }
      await page.getByText('Your answers are in.').waitFor();
      expect(places.size).toBe(2);
      await seesNoModel(opened);
      expect((await ended(jobArn)).status).toBe('Completed');
      const { metrics } = await report(jobName);
      for (const metric of metrics) {
        expect([metric.ties, ...metric.models.map((model: { wins: number }) => model.wins)]).toEqual([
          wins.tie,
          wins.strong,
          wins.challenger,
        ]);
        const decided = wins.strong + wins.challenger;
        for (const bound of metric.models[0].confidenceInterval.filter((each: number) => each > 0 && each < 1))
          expect(Math.abs(wins.strong / decided - bound) / Math.sqrt((bound * (1 - bound)) / decided)).toBeCloseTo(
            1.96,
            3,
          );
      }
    },
    LONG_MS,
  );

  it(
    'loses nothing: not when the stack does not answer, the session ends, the page is loaded again or the time runs out',
    async () => {
      answering['strong'] = () => 'Yes.';
      const uri = await upload([
        { prompt: 'Why?', modelResponses: [{ response: 'No.', modelIdentifier: 'challenger' }] },
      ]);
      const code = await issue();
      const { jobArn, jobName } = await create(people(uri, { good: 'ThumbsUpDown' }));
      await outcrop.clock.advance(0);
      const { page, shot, accessible } = await reviewer(code, 'Dora');
      const take = page.getByRole('button', { name: `Take the next task of ${jobName}` });
      await take.click();
      await page.keyboard.press('t');
      await page.keyboard.press('d');
      await page.getByText('All is answered.').waitFor();
      const isUp = () => radio(page, 'good: Response 1', 'Thumbs up').isChecked();
      const submit = page.getByRole('button', { name: 'Submit' });

      await page.route('**/_outcrop/review/submit', (route) => route.abort());
      await submit.click();
      await page.getByText('The stack did not answer.').waitFor();
      await accessible();
      await shot('review-failure');
      expect(await isUp()).toBe(true);
      await page.unroute('**/_outcrop/review/submit');

      await page.reload();
      await take.click();
      expect(await isUp()).toBe(true);

      await outcrop.clock.advance(61 * 60 * 1000);
      await submit.click();
      await page.getByText('Your time for this task has run out: take it again.').waitFor();
      await page.getByRole('button', { name: 'All work' }).click();
      await take.click();
      expect(await isUp()).toBe(true);

      await outcrop.clock.advance(12 * 60 * 60 * 1000);
      await submit.click();
      await page.getByText('Sign in first.').waitFor();
      await signIn(page, code, 'Dora');
      await page.getByText('Task 1 of 1').waitFor();
      expect(await isUp()).toBe(true);
      await submit.click();
      await page.getByText('Your answers are in.').waitFor();
      expect((await ended(jobArn)).status).toBe('Completed');
      const { metrics } = await report(jobName);
      expect(metrics[0].models.map(({ average }: { average: number }) => average).toSorted()).toEqual([0, 1]);
    },
    LONG_MS,
  );

  it(
    'gives tasks back, lists its keys, turns them off, and signs out',
    async () => {
      answering['strong'] = () => 'Yes.';
      const uri = await upload([
        { prompt: 'Why?', modelResponses: [{ response: 'No.', modelIdentifier: 'challenger' }] },
      ]);
      const code = await issue();
      const { jobName } = await create(people(uri, { good: 'ThumbsUpDown' }));
      await outcrop.clock.advance(0);
      const eve = await reviewer(code, 'Eve');
      const fay = await reviewer(code, 'Fay');
      const take = (page: Page) => page.getByRole('button', { name: `Take the next task of ${jobName}` });
      await take(fay.page).waitFor();
      await take(eve.page).click();
      await eve.page.getByText('Task 1 of 1').waitFor();
      await take(fay.page).click();
      await isThere(fay.page, 'Somebody else was faster');
      const { page } = eve;
      await page.keyboard.press('?');
      const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await help.getByText('Thumbs up').waitFor();
      await eve.accessible();
      await eve.shot('review-keys');
      await help.getByLabel('Use keyboard shortcuts').uncheck();
      await help.getByRole('button', { name: 'Close' }).last().click();
      await page.keyboard.press('t');
      expect(await radio(page, 'good: Response 1', 'Thumbs up').isChecked()).toBe(false);
      await page.getByRole('button', { name: 'Give the task back' }).click();
      await isThere(page, 'The task is free for others again.');
      await fay.page.getByRole('button', { name: 'Look for new work' }).click();
      await take(fay.page).click();
      await fay.page.getByText('Task 1 of 1').waitFor();
      await page.getByRole('button', { name: 'Signed in as Eve' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByLabel('Access code').waitFor();
      await signIn(page, '0'.repeat(32), 'Eve');
      await isThere(page, 'The access code is not valid.');
      await eve.accessible();
      await eve.shot('review-sign-in');
      expect(await page.evaluate(() => document.cookie)).toBe('');
    },
    LONG_MS,
  );

  it(
    'takes free text, in which keys are letters, and ranks; what is sent is by place',
    async () => {
      answering['strong'] = () => 'Yes.';
      const uri = await upload([
        { prompt: 'Why?', modelResponses: [{ response: 'No.', modelIdentifier: 'challenger' }] },
      ]);
      const code = await issue();
      const { jobArn, jobName } = await create(people(uri, { order: 'ComparisonRank' }));
      await outcrop.clock.advance(0);
      const { page, accessible, shot } = await reviewer(code, 'Hal');
      // Evaluations of Bedrock ask for no text; other queues do.
      await page.route('**/_outcrop/review/claim', async (route) => {
        const response = await route.fetch();
        const given = (await response.json()) as { task: BlindTask };
        given.task.questions.unshift({ name: 'why', method: 'text', description: 'In your words.' });
        await route.fulfill({ response, json: given });
      });
      let sent: unknown;
      await page.route('**/_outcrop/review/submit', async (route) => {
        const body = route.request().postDataJSON() as { answers: unknown[] };
        sent = body.answers;
        await route.continue({ postData: JSON.stringify({ ...body, answers: body.answers.slice(1) }) });
      });
      await page.getByRole('button', { name: `Take the next task of ${jobName}` }).click();
      await page.getByRole('textbox', { name: 'why' }).fill('Because ');
      await page.getByRole('textbox', { name: 'why' }).press('End');
      await page.keyboard.type('1 2? j');
      await page.keyboard.press('Control+Enter');
      await isThere(page, '2 answers are missing.');
      await accessible();
      await shot('review-text');
      await radio(page, 'order: Response 1', 'Rank 2').check();
      await radio(page, 'order: Response 2', 'Rank 1').check();
      await page.getByRole('textbox', { name: 'why' }).press('Control+Enter');
      await page.getByText('Your answers are in.').waitFor();
      expect(sent).toEqual(['Because 1 2? j', [2, 1]]);
      expect((await ended(jobArn)).status).toBe('Completed');
    },
    LONG_MS,
  );
});
