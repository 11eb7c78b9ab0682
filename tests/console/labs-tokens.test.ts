import { BedrockRuntimeClient, CountTokensCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { LAB_MS, learner } from './labs.ts';

const GERMAN = 'Der Leuchtturmwärter zählt jeden Abend die Schiffe, bevor er die Lampe anzündet.';
const PASSED = 'Passed: everything was found';

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

const tokensOf = async (text: string): Promise<string> => {
  const { inputTokens } = await new BedrockRuntimeClient(outcrop.clients).send(
    new CountTokensCommand({
      modelId: 'amazon.nova-lite-v1:0',
      input: { converse: { messages: [{ role: 'user', content: [{ text }] }] } },
    }),
  );
  return String(inputTokens);
};

describeInBrowser('the lab of tokens and inference parameters', () => {
  it(
    'exam-d2.1: explores tokens, context and temperature',
    async () => {
      const opened = await openConsole(outcrop, { path: 'labs' });
      const { page, shot, accessible } = opened;
      const { open, fill, choose, call, run, check, verdict } = learner(opened);
      await page.getByRole('heading', { name: 'Domain 2: Fundamentals of Generative AI' }).waitFor();
      await accessible();
      await shot('labs-index');
      await page.getByRole('button', { name: 'Start: Tokens, context and inference parameters' }).click();

      // Tokens: wrong and unfinished answers are not accepted.
      await page.getByRole('heading', { name: 'Count the tokens of a text' }).waitFor();
      expect(await check()).toContain('Nothing is filled in');
      const english = /"inputTokens": (\d+)/.exec(await call('CountTokens', 'count-call'))![1]!;
      const input = {
        modelId: 'amazon.nova-lite-v1:0',
        input: { converse: { messages: [{ role: 'user', content: [{ text: GERMAN }] }] } },
      };
      const german = /"inputTokens": (\d+)/.exec(await call('CountTokens', 'count-call', input))![1]!;
      expect(german).toBe(await tokensOf(GERMAN));
      await fill('Input tokens of the English sentence', english);
      await fill('Input tokens of the German sentence', String(Number(german) + 1));
      await choose('Why does the same thought', 'The sentence has more characters');
      expect(await check()).toContain('Not yet: 2 of 3 missing');
      await shot('labs-not-yet');
      await fill('Input tokens of the German sentence', german);
      await choose('Why does the same thought', 'The tokenizer knows fewer whole words');
      expect(await check()).toContain(PASSED);
      await accessible();
      await shot('labs-tokens-count');

      // The context window, to the last sentence.
      await page.getByRole('button', { name: 'Next step' }).click();
      expect(await run('Send it to Llama 3 8B', 'window-times-run')).toContain('1408 input tokens');
      expect(await check()).toContain('The model took them as well');
      await fill('How often the sentence is repeated', '585');
      expect(await run('Send it to Llama 3 8B', 'window-times-run')).toContain('Input is too long');
      expect(await check()).toContain('Not yet: 1 of 2 missing');
      await fill('How often the sentence is repeated', '584');
      expect(await check()).toContain(PASSED);
      await shot('labs-tokens-window');

      // Temperature: kept replies are counted, and asked for again.
      await page.getByRole('button', { name: 'Next step' }).click();
      expect(await check()).toContain('None are kept: press the button.');
      await run('Ask ten times at temperature 0', 'cold');
      const warm = await run('Ask ten times at temperature 1', 'warm');
      const different = warm.split('\n').filter((line) => /\t\s*\d+\s*$/.test(line) || /^\d+$/.test(line)).length;
      await fill('Different replies among the ten at temperature 0', '1');
      await fill('Different replies among the ten at temperature 1', String(different + 1));
      await choose('You pull order numbers', '0: the most likely reply');
      expect(await check()).toContain(`You filled in ${different + 1}`);
      await fill('Different replies among the ten at temperature 1', String(different));
      expect(await check()).toContain(PASSED);
      await shot('labs-tokens-temperature');

      await open('tokens', 'limits');
      await page.getByRole('button', { name: 'Check this step' }).click();
      await verdict.getByText('maxTokens must be a whole number').waitFor();
      await fill('A value of maxTokens that cuts the reply', '500');
      await fill('A stop sequence that ends the reply before the words "the old lighthouse"', 'submarine');
      expect(await check()).toContain('Not yet: 3 of 3 missing');
      await fill('A value of maxTokens that cuts the reply', '3');
      await fill('A stop sequence that ends the reply before the words "the old lighthouse"', 'the old');
      expect(await run('Send the prompt with each of these', 'limits-run')).toContain('stop_sequence');
      expect(await check()).toContain(PASSED);

      await open('tokens', 'embeddings');
      const table = await run('Embed the words', 'embed');
      const length = /has (\d+) numbers/.exec(table)![1]!;
      await fill('Length of the vectors when the request names none', length);
      await fill('The cosine of the pair that is nearest, to two decimals', '0.12');
      await fill('Your sentence', 'How do I get money?');
      const refused = await check();
      expect(refused).toContain('You filled in 0.12');
      expect(refused).toContain('Shared: money');
      const cosines = (table.match(/\b0\.\d\d\b/g) ?? []).map(Number);
      await fill('The cosine of the pair that is nearest, to two decimals', String(Math.max(...cosines)));
      await fill('Your sentence', 'What must I do so that I am given a refund?');
      expect(await check()).toContain(PASSED);
      await accessible();
      await shot('labs-tokens-embeddings');
      await page.getByText('5 of 5 passed').waitFor();
    },
    LAB_MS,
  );
});
