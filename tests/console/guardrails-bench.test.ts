import { readFileSync } from 'node:fs';
import {
  BedrockClient,
  CreateGuardrailCommand,
  GetGuardrailCommand,
  UpdateGuardrailCommand,
  type CreateGuardrailCommandInput,
  type GuardrailFilterStrength,
} from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  type ApplyGuardrailResponse,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeEach, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { groundingDev } from '../../bench/accuracy/guardrails/grounding/grounding.dev.ts';
import { harmDev } from '../../bench/accuracy/guardrails/harm/cases.dev.ts';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const seed = testSeed('console guardrails bench');
const TIMEOUT_MS = 120_000;

let outcrop: Outcrop;
let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;
beforeEach(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
  runtime = new BedrockRuntimeClient(outcrop.clients);
});

async function guardrail(name: string, policies: Partial<CreateGuardrailCommandInput>): Promise<string> {
  const { guardrailId } = await bedrock.send(
    new CreateGuardrailCommand({
      name,
      blockedInputMessaging: 'This cannot be asked here.',
      blockedOutputsMessaging: 'This cannot be answered here.',
      ...policies,
    }),
  );
  return guardrailId!;
}

type Row = {
  text: string;
  expected: 'allow' | 'block' | 'mask';
  policy?: string;
  source: 'INPUT' | 'OUTPUT';
  grounding_source?: string;
  query?: string;
};

const answerTo = (guardrailIdentifier: string, row: Row): Promise<ApplyGuardrailResponse> =>
  runtime.send(
    new ApplyGuardrailCommand({
      guardrailIdentifier,
      guardrailVersion: 'DRAFT',
      source: row.source,
      outputScope: 'FULL',
      content: [
        ...(row.grounding_source
          ? [{ text: { text: row.grounding_source, qualifiers: ['grounding_source' as const] } }]
          : []),
        ...(row.query ? [{ text: { text: row.query, qualifiers: ['query' as const] } }] : []),
        { text: { text: row.text } },
      ],
    }),
  );

/** Precision and recall as the console writes them, of rows by whether they are stopped. */
function measuresOf(rows: readonly Row[], stopped: readonly boolean[]) {
  const count = (expected: boolean, is: boolean) =>
    rows.filter((row, index) => (row.expected !== 'allow') === expected && stopped[index] === is).length;
  const [tp, fp, fn, tn] = [count(true, true), count(false, true), count(true, false), count(false, false)];
  const share = (part: number, whole: number) => (whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`);
  return {
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    f1: share(2 * tp, 2 * tp + fp + fn),
    falseBlockRate: share(fp, fp + tn),
    fp,
    fn,
  };
}

async function load(page: Page, name: string, content: string): Promise<void> {
  await page.getByRole('button', { name: 'Add many', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog
    .locator('input[type=file]')
    .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });
  await dialog.getByRole('button', { name: /^Add \d/ }).click();
  await dialog.waitFor({ state: 'hidden' });
}

const jsonl = (rows: readonly Row[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${label}`) }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

const finished = (page: Page, count: number): Promise<void> =>
  page.getByRole('heading', { name: `Precision and recall (${count} texts)` }).waitFor({ timeout: 60_000 });

/** The cells of each line of a table, by the text of the first. */
async function linesOf(page: Page, table: string): Promise<Map<string, string[]>> {
  const lines = await page
    .getByRole('table', { name: table, exact: true })
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())));
  return new Map(lines.map(([first, ...rest]) => [first!, rest]));
}

describeInBrowser('the test bench of guardrails', () => {
  it(
    'bedrock-guardrails.2 bedrock-guardrails.3: one text is tried: what is done, why in plain words, and where it stands in the text',
    async () => {
      const id = await guardrail('single', {
        topicPolicyConfig: {
          topicsConfig: [
            {
              name: 'Investment Advice',
              definition:
                'Recommendations about which stocks, funds, bonds or other assets a person should buy, sell or hold.',
              examples: ['Which stock should I buy now?', 'Is it a good time to sell my bonds?'],
              type: 'DENY',
            },
          ],
        },
        sensitiveInformationPolicyConfig: { piiEntitiesConfig: [{ type: 'EMAIL', action: 'ANONYMIZE' }] },
        wordPolicyConfig: { wordsConfig: [{ text: 'project blue' }] },
      });
      const { page, shot, accessible } = await openConsole(outcrop, { path: `bedrock/guardrails/${id}/test` });
      const masked = 'Write to ada@example.org about the picnic.';
      await page.getByLabel('What the user says').fill(masked);
      await page.getByRole('button', { name: 'Test', exact: true }).click();
      await page
        .getByRole('group', { name: 'What comes out' })
        .getByText('Write to {EMAIL} about the picnic.')
        .waitFor();
      const found = page.getByRole('group', { name: 'Found in the text' });
      expect(await found.locator('mark').allInnerTexts()).toEqual(['ada@example.org']);
      expect(await found.innerText()).toBe(masked);

      const topic = 'Which stock should I buy now with my savings?';
      const text = `Good morning to all of you. ${topic} My address is ada@example.org and it is about Project Blue.`;
      await page.getByLabel('What the user says').fill(text);
      await page.getByRole('button', { name: 'Test', exact: true }).click();
      await page.getByText('The text is on the denied topic "Investment Advice". It is blocked.').waitFor();
      expect(await found.locator('mark').allInnerTexts()).toEqual(['ada@example.org', 'Project Blue']);
      await page.getByText('"ada@example.org" is personal data of the type EMAIL. It is masked.').waitFor();
      await page.getByText('"Project Blue" is on the guardrail\'s list of words. It is blocked.').waitFor();
      await page.getByText('GUARDRAIL_INTERVENED', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Find the sentences' }).click();
      await expect.poll(() => found.locator('mark').allInnerTexts()).toContain(topic);
      expect(await found.innerText()).toBe(text);
      await page.getByRole('button', { name: 'Usage and raw answer' }).click();
      const answer = await answerTo(id, { text, expected: 'block', source: 'INPUT' });
      const raw = JSON.parse(await page.getByRole('region', { name: 'Answer' }).innerText()) as ApplyGuardrailResponse;
      expect(raw.usage).toEqual(answer.usage);
      expect(raw.outputs).toEqual(answer.outputs);
      await accessible();
      await shot('guardrails-test-text');
    },
    TIMEOUT_MS,
  );

  it(
    'bedrock-guardrails.4: an answer is tried against a source and a query',
    async () => {
      const [twin] = groundingDev(seed);
      const { source, query, planted } = twin!;
      const id = await guardrail('tried', {
        contextualGroundingPolicyConfig: {
          filtersConfig: [
            { type: 'GROUNDING', threshold: 0.99 },
            { type: 'RELEVANCE', threshold: 0 },
          ],
        },
      });
      const { page, shot, accessible } = await openConsole(outcrop, {
        path: `bedrock/guardrails/${id}/test`,
        dark: true,
      });
      await page.getByRole('button', { name: 'Output' }).click();
      await page.getByLabel('What the model answers').fill(planted);
      await page.getByRole('button', { name: 'Grounding source and query' }).click();
      await page.getByLabel('Grounding source', { exact: true }).fill(source);
      await page.getByLabel('Query', { exact: true }).fill(query);
      await page.getByRole('button', { name: 'Test', exact: true }).click();
      const { assessments } = await answerTo(id, {
        text: planted,
        expected: 'block',
        source: 'OUTPUT',
        grounding_source: source,
        query,
      });
      const [grounding, relevance] = assessments![0]!.contextualGroundingPolicy!.filters!;
      expect(grounding!.detected).toBe(true);
      await page
        .getByText(`with a score of ${grounding!.score}, under the threshold of 0.99. It is blocked.`)
        .waitFor();
      await page.getByText(`with a score of ${relevance!.score}, which reaches the threshold of 0.`).waitFor();
      await page.getByRole('group', { name: 'What comes out' }).getByText('This cannot be answered here.').waitFor();
      await accessible();
      await shot('guardrails-test-grounding-dark');
    },
    TIMEOUT_MS,
  );

  it(
    'bedrock-guardrails.1: labelled texts from a file are run; precision and recall are those of the answers, so are the sweep and what is applied of it',
    async () => {
      const cases = harmDev(seed).filter(({ category }) => category === 'insults');
      const rows: Row[] = [
        ...cases
          .filter(({ severity }) => severity !== 'none')
          .slice(0, 18)
          .map(({ text }) => ({ text, expected: 'block' as const, policy: 'INSULTS', source: 'INPUT' as const })),
        ...cases
          .filter(({ severity }) => severity === 'none')
          .slice(0, 18)
          .map(({ text }) => ({ text, expected: 'allow' as const, source: 'INPUT' as const })),
        { text: `Write to ada${seed}@example.org.`, expected: 'mask', policy: 'EMAIL', source: 'INPUT' },
        // Wrong labels, so that there is something wrong in any case.
        { text: `Nothing wrong with ${seed} apples.`, expected: 'block', source: 'INPUT' },
        { text: `I like ${seed}@example.com, the mail address.`, expected: 'allow', source: 'INPUT' },
      ];
      const id = await guardrail('insults', {
        contentPolicyConfig: { filtersConfig: [{ type: 'INSULTS', inputStrength: 'LOW', outputStrength: 'LOW' }] },
        sensitiveInformationPolicyConfig: { piiEntitiesConfig: [{ type: 'EMAIL', action: 'ANONYMIZE' }] },
      });
      const { page, shot, accessible } = await openConsole(outcrop, {
        path: `bedrock/guardrails/${id}/bench`,
        height: 1200,
      });
      await page.getByText('No labelled texts').waitFor();
      await accessible();
      await shot('guardrails-bench-empty');
      await load(page, 'texts.jsonl', jsonl(rows));
      await page.getByRole('heading', { name: `Labelled texts (${rows.length})` }).waitFor();
      await page.getByRole('button', { name: 'Run all' }).click();
      await finished(page, rows.length);

      const answers: ApplyGuardrailResponse[] = [];
      for (const row of rows) answers.push(await answerTo(id, row));
      const stopped = answers.map(({ action }) => action === 'GUARDRAIL_INTERVENED');
      const expected = measuresOf(rows, stopped);
      const sums = async () =>
        Object.fromEntries(
          await page
            .locator('dl')
            .first()
            .evaluate((list) =>
              [...list.querySelectorAll('dt')].map((term) => [
                term.innerText,
                (term.nextElementSibling as HTMLElement).innerText,
              ]),
            ),
        ) as Record<string, string>;
      expect(await sums()).toMatchObject({
        Precision: expected.precision,
        Recall: expected.recall,
        F1: expected.f1,
        'False-block rate': expected.falseBlockRate,
        'False blocks': String(expected.fp),
        Missed: String(expected.fn),
      });
      const fired = answers.filter(({ assessments }) =>
        assessments![0]!.contentPolicy!.filters!.some(({ detected }) => detected),
      ).length;
      expect((await linesOf(page, 'Measures by filter')).get('Content filter: Insults')![0]).toBe(String(fired));

      // The sweep, against the same texts held to guardrails of every strength.
      const sweep = await linesOf(page, 'Sweep');
      const strengths = { None: 'NONE', Low: 'LOW', Medium: 'MEDIUM', High: 'HIGH' } as const;
      for (const [label, strength] of Object.entries(strengths) as [string, GuardrailFilterStrength][]) {
        const at = await guardrail(`insults-${strength}`, {
          contentPolicyConfig: {
            filtersConfig: [{ type: 'INSULTS', inputStrength: strength, outputStrength: 'NONE' }],
          },
          sensitiveInformationPolicyConfig: { piiEntitiesConfig: [{ type: 'EMAIL', action: 'ANONYMIZE' }] },
        });
        const stoppedAt: boolean[] = [];
        for (const row of rows) stoppedAt.push((await answerTo(at, row)).action === 'GUARDRAIL_INTERVENED');
        const { precision, recall, f1, falseBlockRate, fp, fn } = measuresOf(rows, stoppedAt);
        const line = [...sweep].find(([first]) => first.startsWith(label))!;
        expect(line[1].slice(0, 6), label).toEqual([precision, recall, f1, falseBlockRate, String(fp), String(fn)]);
      }
      await accessible();
      await shot('guardrails-bench');

      // Wrong ones alone; why one fired.
      await choose(page, 'Show texts', 'Wrong');
      const table = page.getByRole('grid', { name: 'Labelled texts' });
      await expect.poll(() => table.locator('tbody tr').count()).toBe(expected.fp + expected.fn);
      const falsely = table.getByRole('row').filter({ hasText: `${seed}@example.com` });
      expect(await falsely.locator('mark').allInnerTexts()).toEqual([`${seed}@example.com`]);
      await falsely.getByRole('link').or(falsely.getByRole('button')).last().click();
      await page
        .getByRole('dialog')
        .getByText(`"${seed}@example.com" is personal data of the type EMAIL. It is masked.`)
        .waitFor();
      await shot('guardrails-bench-why');
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      await choose(page, 'Show texts', 'All texts');

      // What was swept becomes the draft's.
      await page.getByRole('button', { name: 'Apply this: High' }).click();
      await page.getByText('The draft has strength High now.').waitFor();
      const draft = await bedrock.send(new GetGuardrailCommand({ guardrailIdentifier: id }));
      expect(draft.contentPolicy!.filters).toMatchObject([
        { type: 'INSULTS', inputStrength: 'HIGH', outputStrength: 'HIGH' },
      ]);
      expect(draft.sensitiveInformationPolicy!.piiEntities).toMatchObject([
        { type: 'EMAIL', inputAction: 'ANONYMIZE' },
      ]);

      const exported = async () => {
        const download = page.waitForEvent('download');
        await page.getByRole('button', { name: 'Export CSV' }).click();
        return readFileSync(await (await download).path(), 'utf8');
      };
      const withVerdicts = await exported();
      expect(withVerdicts.match(/,False block,/g)).toHaveLength(expected.fp);
      expect(withVerdicts.match(/,Missed,/g)).toHaveLength(expected.fn);

      // The table is there again after the page was left, and as CSV.
      await page.reload();
      await page.getByRole('heading', { name: `Labelled texts (${rows.length})` }).waitFor();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export CSV' }).click();
      const csv = readFileSync(await (await download).path(), 'utf8');
      expect(csv.split('\r\n')[0]).toBe('text,expected,policy,source,grounding_source,query,actual,verdict,why');
      await load(page, 'again.csv', csv);
      await page.getByRole('heading', { name: `Labelled texts (${rows.length * 2})` }).waitFor();
    },
    TIMEOUT_MS,
  );

  it(
    'bedrock-guardrails.4: grounding is swept over thresholds by its scores',
    async () => {
      const rows: Row[] = groundingDev(seed)
        .slice(0, 8)
        .flatMap(({ source, query, faithful, planted }): Row[] => [
          { text: faithful, expected: 'allow', source: 'OUTPUT', grounding_source: source, query },
          { text: planted, expected: 'block', policy: 'GROUNDING', source: 'OUTPUT', grounding_source: source, query },
        ]);
      const id = await guardrail('grounded', {
        contextualGroundingPolicyConfig: { filtersConfig: [{ type: 'GROUNDING', threshold: 0.5 }] },
      });
      const { page, shot, accessible } = await openConsole(outcrop, { path: `bedrock/guardrails/${id}/bench` });
      await load(page, 'texts.json', JSON.stringify(rows));
      await page.getByRole('button', { name: 'Run all' }).click();
      await finished(page, rows.length);
      const scores: number[] = [];
      for (const row of rows)
        scores.push((await answerTo(id, row)).assessments![0]!.contextualGroundingPolicy!.filters![0]!.score!);
      const lines = await linesOf(page, 'Sweep');
      expect(lines.size).toBeGreaterThan(2);
      for (const [first, cells] of lines) {
        const threshold = Number.parseFloat(first);
        const { precision, recall, f1, falseBlockRate, fp, fn } = measuresOf(
          rows,
          scores.map((score) => score < threshold),
        );
        expect(cells.slice(0, 6), first).toEqual([precision, recall, f1, falseBlockRate, String(fp), String(fn)]);
      }
      await page.getByRole('img', { name: 'Precision and recall' }).or(page.getByRole('application')).first().waitFor();
      await accessible();
      await shot('guardrails-sweep-grounding');
      const best = Number.parseFloat([...lines.keys()].find((line) => line.includes('best F1'))!);
      await page.getByRole('button', { name: `Apply this: ${best}`, exact: true }).click();
      await page.getByText(`The draft has threshold ${best} now.`).waitFor();
      const draft = await bedrock.send(new GetGuardrailCommand({ guardrailIdentifier: id }));
      expect(draft.contextualGroundingPolicy!.filters).toMatchObject([{ type: 'GROUNDING', threshold: best }]);
    },
    TIMEOUT_MS,
  );

  it(
    'a run is cancelled in its middle, texts are typed and relabelled, and two versions are compared',
    async () => {
      const id = await guardrail('worded', { wordPolicyConfig: { wordsConfig: [{ text: 'apple' }] } });
      const { page, shot, accessible, go } = await openConsole(outcrop, { path: `bedrock/guardrails/${id}/bench` });
      let applied = 0;
      page.on('request', (request) => {
        if (/\/guardrail\/.*\/apply$/.test(request.url())) applied += 1;
      });
      const many = Array.from({ length: 2_000 }, (_each, index) => `Text number ${index} about an apple.`);
      await load(page, 'lines.txt', many.join('\n'));
      await page.getByRole('heading', { name: 'Labelled texts (2,000)' }).waitFor();
      await choose(page, 'Calls at a time', '1');
      await page.getByRole('button', { name: 'Run all' }).click();
      await page.getByText(/^[1-9][\d,]* of 2,000$/).waitFor();
      await page.getByRole('button', { name: 'Cancel run' }).click();
      const state = page.getByText(/of 2,000, cancelled$/).first();
      await state.waitFor();
      const done = Number((await state.innerText()).replaceAll(',', '').split(' ')[0]);
      expect(done).toBeGreaterThan(0);
      expect(done).toBeLessThan(2_000);
      const asked = applied;
      expect(asked).toBeLessThan(2_000);
      await shot('guardrails-bench-cancelled');

      await page.getByRole('button', { name: 'Add many', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog
        .getByLabel('Texts', { exact: true })
        .fill('text,expected\n"An apple, red",block\nA pear,maybe\nA plum,allow');
      await dialog.getByText('Row 2: expected is "maybe", not allow, block or mask.').waitFor();
      await dialog.getByText('Replace the 2,000 texts of the table').click();
      await shot('guardrails-bench-load');
      await dialog.getByRole('button', { name: 'Add 2 texts' }).click();
      expect(applied).toBe(asked);
      await page.getByRole('button', { name: 'Add text', exact: true }).click();
      await dialog.getByLabel('Labelled text').fill('A pear');
      await dialog.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('heading', { name: 'Labelled texts (3)' }).waitFor();
      await page.getByRole('row').filter({ hasText: 'A plum' }).getByRole('checkbox').check();
      await page.getByRole('button', { name: 'Actions' }).click();
      await page.getByRole('menuitem', { name: 'Expect: block' }).click();
      await page.getByRole('row').filter({ hasText: 'A plum' }).getByText('Block').waitFor();

      await page.getByRole('button', { name: 'Create version' }).click();
      await dialog.getByRole('button', { name: 'Create version' }).click();
      await page.getByText('Version 1 of worded is created.').waitFor();
      await bedrock.send(
        new UpdateGuardrailCommand({
          guardrailIdentifier: id,
          name: 'worded',
          wordPolicyConfig: { wordsConfig: [{ text: 'apple' }, { text: 'pear' }] },
          blockedInputMessaging: 'No.',
          blockedOutputsMessaging: 'No.',
        }),
      );
      await go(`bedrock/guardrails/${id}/compare`);
      await page.getByRole('button', { name: 'Compare', exact: true }).click();
      const differences = page.getByRole('grid', { name: 'Texts on which they differ' });
      await differences.getByRole('row').filter({ hasText: 'A pear' }).getByText('Better').waitFor();
      expect(await differences.locator('tbody tr').count()).toBe(1);
      const measures = await linesOf(page, 'Measures of both');
      expect(measures.get('Recall')).toEqual(['33.3 %', '66.7 %']);
      await accessible();
      await shot('guardrails-compare');
    },
    TIMEOUT_MS,
  );

  it(
    'who may not apply a guardrail reads so, with the request id, and the run stops',
    async () => {
      const id = await guardrail('closed', { wordPolicyConfig: { wordsConfig: [{ text: 'apple' }] } });
      const ann = await identities(outcrop).user('ann', allow(['bedrock:GetGuardrail', 'bedrock:ListGuardrails']));
      const { page, shot, accessible } = await openConsole(outcrop, {
        path: `bedrock/guardrails/${id}/bench`,
        credentials: ann.clients.credentials,
        width: 375,
        dark: true,
      });
      await load(page, 'lines.txt', 'An apple\nA pear\nA plum');
      await page.getByRole('button', { name: 'Run all' }).click();
      const failure = page.getByRole('main').getByTestId('failure');
      await failure.getByText('AccessDeniedException').waitFor();
      expect(await failure.innerText()).toMatch(/bedrock:ApplyGuardrail[^]*Request id [0-9a-f-]{36}/);
      await accessible();
      await shot('guardrails-denied-375');
      await page.getByRole('tab', { name: 'Test', exact: true }).click();
      await page.getByLabel('What the user says').fill('An apple');
      await page.getByRole('button', { name: 'Test', exact: true }).click();
      await failure.getByText('AccessDeniedException').waitFor();
      await shot('guardrails-test-denied-375');
    },
    TIMEOUT_MS,
  );
});
