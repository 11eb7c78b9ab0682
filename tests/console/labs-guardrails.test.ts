import { BedrockClient, GetGuardrailCommand, ListGuardrailsCommand } from '@aws-sdk/client-bedrock';
import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { LAB_MS, learner } from './labs.ts';

const PASSED = 'Passed: everything was found';
const HARMS = ['HATE', 'INSULTS', 'SEXUAL', 'VIOLENCE', 'MISCONDUCT'];

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

describeInBrowser('the lab of guardrails', () => {
  it(
    'exam-d5.1: builds a guardrail control by control, has 15 attacks fired at it, and resets',
    async () => {
      const bedrock = new BedrockClient(outcrop.clients);
      const opened = await openConsole(outcrop, { path: 'labs/guardrails' });
      const { page, shot, accessible } = opened;
      const { open, fill, call, run, check } = learner(opened);
      await page.getByRole('heading', { name: 'Filter harm and prompt attacks' }).waitFor();
      expect(await check()).toContain('ListGuardrails tells of none with this name');

      // As it stands at first it filters one category: that is not enough.
      const answer = await call('CreateGuardrail', 'create');
      const guardrailIdentifier = /"guardrailId": "(\w+)"/.exec(answer)![1]!;
      const partly = await check();
      expect(partly).toContain('Not so: HATE, SEXUAL, VIOLENCE, MISCONDUCT.');
      expect(partly).toContain('There is no such filter.');
      await shot('labs-guardrails-partly');
      await fill('A text of yours to try on the guardrail', 'You are a stupid idiot and I hate you.');
      expect(await run('Apply the guardrail', 'try-text-run')).toContain('GUARDRAIL_INTERVENED');

      const base = {
        guardrailIdentifier,
        name: 'labs-guardrail',
        blockedInputMessaging: 'We cannot take this question.',
        blockedOutputsMessaging: 'We cannot give this answer.',
        contentPolicyConfig: {
          filtersConfig: [
            ...HARMS.map((type) => ({ type, inputStrength: 'HIGH', outputStrength: 'HIGH' })),
            { type: 'PROMPT_ATTACK', inputStrength: 'HIGH', outputStrength: 'NONE' },
          ],
        },
      };
      await open('guardrails', 'topics');
      expect(await page.getByLabel('Input of UpdateGuardrail (update-topics)').innerText()).toContain('INSULTS');
      // An empty definition is refused by the API, and the failure says so.
      expect(await call('UpdateGuardrail', 'update-topics')).toContain('ValidationException');
      const withTopics = {
        ...base,
        topicPolicyConfig: {
          topicsConfig: [
            {
              name: 'Investment advice',
              type: 'DENY',
              definition:
                'Advice or recommendations about investing money: shares, bonds, funds, savings or cryptocurrency.',
              examples: [
                'Which stocks should I buy?',
                'Is it a good time to invest in bitcoin?',
                'Where should I put my savings?',
              ],
            },
          ],
        },
        wordPolicyConfig: { wordsConfig: [{ text: 'Globex' }] },
      };
      await call('UpdateGuardrail', 'update-topics', withTopics);
      expect(await check()).toContain(PASSED);
      await open('guardrails', 'filters');
      expect(await check()).toContain(PASSED);

      await open('guardrails', 'personal');
      expect(await page.getByLabel('Input of UpdateGuardrail (update-personal)').innerText()).toContain(
        guardrailIdentifier,
      );
      const sensitiveInformationPolicyConfig = {
        piiEntitiesConfig: [
          { type: 'EMAIL', action: 'ANONYMIZE' },
          { type: 'CREDIT_DEBIT_CARD_NUMBER', action: 'BLOCK' },
        ],
      };
      await call('UpdateGuardrail', 'update-personal', { ...withTopics, sensitiveInformationPolicyConfig });
      expect(await check()).toContain('What leaves: Your booking HB-20417 is confirmed');
      const withPersonal = {
        ...withTopics,
        sensitiveInformationPolicyConfig: {
          ...sensitiveInformationPolicyConfig,
          regexesConfig: [{ name: 'booking', pattern: String.raw`HB-\d{5}`, action: 'ANONYMIZE' }],
        },
      };
      await call('UpdateGuardrail', 'update-personal', withPersonal);
      expect(await check()).toContain(PASSED);
      await accessible();
      await shot('labs-guardrails-personal');

      // A version of the draft before grounding: the last step wants a version, and finds it later.
      await open('guardrails', 'fire');
      expect(await check()).toContain('There is the working draft alone');
      await open('guardrails', 'grounding');
      expect(await check()).toContain('There is none.');
      await call('UpdateGuardrail', 'update-grounding', {
        ...withPersonal,
        contextualGroundingPolicyConfig: {
          filtersConfig: [
            { type: 'GROUNDING', threshold: 0.7 },
            { type: 'RELEVANCE', threshold: 0.5 },
          ],
        },
      });
      expect(await check()).toContain(PASSED);
      await open('guardrails', 'fire');
      await call('CreateGuardrailVersion', 'version', { guardrailIdentifier, description: 'Ready for guests' });
      expect(await check()).toContain(PASSED);
      await shot('labs-guardrails-fired');
      expect((await bedrock.send(new GetGuardrailCommand({ guardrailIdentifier, guardrailVersion: '1' }))).name).toBe(
        'labs-guardrail',
      );

      // The code of what the learner sent is shown, nothing of what the check fires.
      await page.getByRole('button', { name: 'Show code' }).first().click();
      const code = page.getByRole('complementary').filter({ hasText: 'The page on screen comes of these calls' });
      await code.getByText('create-guardrail-version').waitFor();
      expect(await code.innerText()).not.toContain('converse');

      // Resetting shows what it deletes, and deletes it.
      await page.getByText('5 of 5 passed').waitFor();
      await page.getByRole('button', { name: 'Reset this lab' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(`labs-guardrail (${guardrailIdentifier})`).waitFor();
      await accessible();
      await shot('labs-reset');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      expect((await bedrock.send(new ListGuardrailsCommand())).guardrails).toHaveLength(1);
      await page.getByRole('button', { name: 'Reset this lab' }).click();
      await dialog.getByText('These are deleted').waitFor();
      await dialog.getByRole('button', { name: 'Reset' }).click();
      await page.getByText('0 of 5 passed').waitFor();
      expect((await bedrock.send(new ListGuardrailsCommand())).guardrails).toEqual([]);
      expect(await check()).toContain('ListGuardrails tells of none with this name');
    },
    LAB_MS,
  );
});
