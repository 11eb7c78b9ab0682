import { ListEvaluationJobsCommand, GetEvaluationJobCommand } from '@aws-sdk/client-bedrock';
import { expect, it } from 'vitest';
import {
  FLOW,
  JUDGE,
  judged,
  materials,
  mean,
  people,
  scoresOf,
  startEvaluations,
  STRONG,
} from '../../src/services/bedrock/evaluation/evaluation.fixture.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const stack = await startEvaluations('console: evaluations');
const { outcrop, answering, bedrock, upload, create, get, ended, output, report, worker, manage, roleArn, brought } =
  stack;
const { facts, graded } = materials(stack);

const three = (value: number) => String(Number(value.toPrecision(3)));

/** A test in the browser, on a machine that has other work. */
const LONG_MS = 120_000;

describeInBrowser('evaluations in the console', () => {
  it(
    'creates an automatic evaluation, shows its averages as charts and each prompt with its scores, and clones it',
    async () => {
      const lines = facts(6);
      answering['strong'] = (prompt) => `It was built in ${/\d{4}/.exec(prompt)?.[0]}.`;
      const uri = await upload(
        lines.map(({ prompt, reference }, at) => ({
          prompt,
          referenceResponse: `in ${reference}`,
          category: at % 2 === 0 ? 'Bridges' : 'Mills',
        })),
      );
      const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/evaluations' });
      await page.getByText('No evaluations').waitFor();
      await accessible();
      await page.getByRole('link', { name: 'Create evaluation' }).first().click();
      await page.getByRole('button', { name: 'Create evaluation' }).click();
      await page.getByText('Enter a name of 1 to 63 small letters', { exact: false }).first().waitFor();
      await page.getByLabel('Evaluation name').fill('years');
      await page.getByLabel('Model', { exact: true }).fill(STRONG);
      await page.getByLabel('Service role').fill(roleArn);
      await page.getByLabel('Dataset name').fill('own');
      await page.getByLabel('Dataset', { exact: true }).fill(uri);
      await page.getByLabel('Results').fill('s3://evaluations/out');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Metrics/ }).click();
      await page.getByRole('option', { name: 'Toxicity' }).click();
      await page.keyboard.press('Escape');
      await accessible();
      await shot('bedrock-evaluation-create');
      await page.getByRole('button', { name: 'Create evaluation' }).click();
      await page.getByRole('heading', { level: 1, name: 'years' }).waitFor();
      const { jobSummaries } = await bedrock.send(new ListEvaluationJobsCommand({}));
      const jobArn = jobSummaries![0]!.jobArn!;
      expect((await ended(jobArn)).failureMessages).toBeUndefined();
      await page.getByRole('heading', { name: 'Results on own' }).waitFor();
      const { rows } = await output('years');
      expect((await report('years')).datasets[0].metrics.map(({ metricName }: any) => metricName)).toEqual([
        'Accuracy',
        'Toxicity',
      ]);
      const accuracy = scoresOf(rows, 'Accuracy');
      const of = (rest: number) => mean(accuracy.filter((_, at) => at % 2 === rest));
      await page
        .getByText(`Average: ${three(mean(accuracy))} · Bridges: ${three(of(0))} · Mills: ${three(of(1))}`)
        .waitFor();
      await page.getByText('ROUGE-L').waitFor();
      await page.getByRole('button', { name: 'Open line 4' }).waitFor();
      await accessible();
      await shot('bedrock-evaluation-report');
      await page.getByRole('button', { name: 'Open line 4' }).click();
      const dialog = page.getByRole('dialog', { name: 'Line 4' });
      await dialog.getByText(rows[3]!.modelResponses[0]!.response!, { exact: true }).waitFor();
      await dialog.getByText(`Accuracy: ${three(accuracy[3]!)}`).waitFor();
      await accessible();
      await dialog.getByRole('button', { name: 'Close' }).click();
      await page.getByRole('link', { name: 'Clone evaluation' }).click();
      await expect.poll(() => page.getByLabel('Evaluation name').inputValue()).toBe('years-copy');
      expect(await page.getByLabel('Dataset', { exact: true }).inputValue()).toBe(uri);
      await page.getByRole('button', { name: 'Without Toxicity' }).waitFor();
    },
    LONG_MS,
  );

  it(
    'shows what a judge says of each answer, and why an evaluation failed',
    async () => {
      const items = [4, 2, 0].map((level, at) => graded(level, at));
      answering['judge'] = (prompt) => {
        if (prompt.startsWith('Reply with')) return 'ready';
        const at = items.findIndex(({ answer }) => prompt.includes(answer));
        return JSON.stringify({ explanation: `Answer ${at} as it is.`, rating: at === 0 ? 'correct' : 'incorrect' });
      };
      const { jobArn, jobName } = await create(judged(JUDGE, await brought(items), ['Builtin.Correctness']));
      expect((await ended(jobArn)).status).toBe('Completed');
      const { rows } = await output(jobName);
      expect(scoresOf(rows, 'Builtin.Correctness')).toEqual([1, 0, 0]);
      const { page, go, shot, accessible } = await openConsole(outcrop, {
        path: `bedrock/evaluations/${jobArn.split('/')[1]}`,
        dark: true,
      });
      await page.getByText(JUDGE).first().waitFor();
      await page.getByText('Average: 0.333').waitFor();
      await page.getByRole('button', { name: 'Open line 2' }).click();
      const dialog = page.getByRole('dialog', { name: 'Line 2' });
      await dialog.getByText('Correctness: 0', { exact: true }).waitFor();
      await dialog.getByText('Answer 1 as it is.', { exact: true }).waitFor();
      await accessible();
      await shot('bedrock-evaluation-judge-dark');
      await dialog.getByRole('button', { name: 'Close' }).click();
      const failed = await create(judged(JUDGE, 's3://evaluations/nothing.jsonl', ['Builtin.Correctness']));
      const { failureMessages } = await ended(failed.jobArn);
      await go(`bedrock/evaluations/${failed.jobArn.split('/')[1]}`);
      await page.getByText(failureMessages![0]!).waitFor();
    },
    LONG_MS,
  );

  it(
    'creates an evaluation by people, which waits for them, is stopped after asking, and shows what they found',
    async () => {
      answering['strong'] = () => 'Yes.';
      const uri = await upload([
        { prompt: 'Why?', modelResponses: [{ response: 'No.', modelIdentifier: 'challenger' }] },
        { prompt: 'How?', modelResponses: [{ response: 'No.', modelIdentifier: 'challenger' }] },
      ]);
      const { page, go, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/evaluations/create' });
      await page.getByRole('radio', { name: 'Human' }).check();
      await page.getByLabel('Evaluation name').fill('by-people');
      await page.getByLabel('Model', { exact: true }).fill(STRONG);
      await page.getByLabel('Service role').fill(roleArn);
      await page.getByLabel('Dataset', { exact: true }).fill(uri);
      await page.getByLabel('Results').fill('s3://evaluations/out');
      await page.getByLabel('Flow definition').fill(FLOW);
      await page.getByLabel('Instructions').fill('Be fair.');
      await accessible();
      await shot('bedrock-evaluation-create-human');
      await page.getByRole('button', { name: 'Create evaluation' }).click();
      await page.getByText('People have the next step').waitFor();
      const { jobSummaries } = await bedrock.send(new ListEvaluationJobsCommand({ nameContains: 'by-people' }));
      const { jobArn } = jobSummaries![0]!;
      expect(
        (await bedrock.send(new GetEvaluationJobCommand({ jobIdentifier: jobArn }))).evaluationConfig,
      ).toMatchObject({
        human: {
          humanWorkflowConfig: { flowDefinitionArn: FLOW, instructions: 'Be fair.' },
          customMetrics: [{ name: 'helpful', ratingMethod: 'IndividualLikertScale' }],
        },
      });
      await page.getByRole('button', { name: 'Stop evaluation' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Stop evaluation' }).click();
      await page.getByText('Evaluation by-people is being stopped.').waitFor();
      await expect.poll(async () => (await get(jobArn!)).status).toBe('Stopped');

      const { code } = await manage('POST', 'review-teams', { team: FLOW });
      const done = await create(people(uri, { better: 'ComparisonChoice', liked: 'ThumbsUpDown' }));
      await outcrop.clock.advance(0);
      const person = await worker(code, 'Ann');
      for (let given = await person.claim(); given; given = await person.claim()) {
        const strong = given.task.responses.indexOf('Yes.');
        expect((await person.submit(given.task, [strong, [strong === 0, strong === 1]])).status).toBe(200);
      }
      expect((await ended(done.jobArn)).status).toBe('Completed');
      await go(`bedrock/evaluations/${done.jobArn.split('/')[1]}`);
      await page.getByText('2 prompts, 1 workers').waitFor();
      await page.getByText(`${STRONG}: 2 · challenger: 0 · Ties: 0`).waitFor();
      await page.getByText(`${STRONG}: 1 · challenger: 0`).waitFor();
      await page.getByText(/wins 100\.0 % of what was decided/).waitFor();
      await accessible();
      await shot('bedrock-evaluation-people');
    },
    LONG_MS,
  );
});
