import {
  BedrockClient,
  CreateGuardrailCommand,
  GetGuardrailCommand,
  GuardrailPiiEntityType,
  ListGuardrailsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-bedrock';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { beforeEach, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const TIMEOUT_MS = 120_000;

let outcrop: Outcrop;
let bedrock: BedrockClient;
beforeEach(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
});

/** Chooses in a select, by its label or the start of it. */
async function choose(page: Page, label: string | RegExp, option: string): Promise<void> {
  const select: Locator = page.getByRole('button', { name: label });
  await select.click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

const idOf = async (name: string): Promise<string> => {
  const { guardrails } = await bedrock.send(new ListGuardrailsCommand({}));
  return guardrails!.find((guardrail) => guardrail.name === name)!.id!;
};

describeInBrowser('guardrails', () => {
  it(
    'bedrock-guardrails: a person creates one with all kinds of policies; what the service refuses is told, and nothing entered is lost',
    async () => {
      const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/guardrails' });
      await page.getByText('No guardrails').waitFor();
      await accessible();
      await shot('guardrails-empty');
      await page.getByRole('link', { name: 'Create guardrail' }).first().click();
      await page.getByRole('heading', { level: 1, name: 'Create guardrail' }).waitFor();

      // Without a name nothing is sent.
      await page.getByRole('button', { name: 'Create guardrail' }).click();
      await page.getByText('Enter a name.').waitFor();
      await page.getByLabel('Name', { exact: true }).fill('front-desk');
      await page.getByLabel('Description - optional').fill('For the front desk');

      await page.getByRole('checkbox', { name: /^Insults/ }).check();
      await choose(page, /^Input strength of Insults/, 'Medium');
      await page.getByRole('checkbox', { name: /^Prompt attacks/ }).check();

      await page.getByRole('button', { name: 'Add denied topic' }).click();
      await page.getByLabel('Name of topic 1').fill('Investment Advice');
      await page
        .getByLabel('Definition of topic 1')
        .fill('Recommendations about which stocks, funds or other assets a person should buy or sell.');
      await page
        .getByLabel('Example phrases of topic 1')
        .fill('Which stock should I buy now?\nIs it a good time to sell my bonds?');

      await page.getByRole('checkbox', { name: /^Profanity/ }).check();
      await page.getByRole('button', { name: 'Add custom words' }).click();
      await page.getByLabel('Custom words', { exact: true }).fill('acme\nproject blue\n');

      await page.getByRole('button', { name: /^PII types/ }).click();
      await page.getByRole('option', { name: /^Email/ }).click();
      await page.getByRole('option', { name: /US social security number/ }).click();
      await page.keyboard.press('Escape');
      await choose(page, /^Input action of US social security number/, 'Block');
      await choose(page, /^Output action of Email/, 'Off');

      await page.getByRole('button', { name: 'Add regex' }).click();
      await page.getByLabel('Name of regex 1').fill('order');
      await page.getByLabel('Pattern of regex 1').fill('ORD-([0-9]{6}');
      await page.getByRole('checkbox', { name: /^Grounding/ }).check();
      await page.getByLabel('Grounding threshold').fill('0.65');
      await page.getByRole('button', { name: 'Add tag' }).click();
      await page.getByLabel('Key of tag 1').fill('team');
      await page.getByLabel('Value of tag 1').fill('desk');
      await accessible();

      await page.getByRole('button', { name: 'Create guardrail' }).click();
      const failure = page.getByRole('form').getByTestId('failure');
      await failure.getByText('ValidationException').waitFor();
      expect(await failure.innerText()).toMatch(/The regex order is not valid[^]*Request id [0-9a-f-]{36}/);
      await shot('guardrails-create-refused');
      expect((await bedrock.send(new ListGuardrailsCommand({}))).guardrails).toEqual([]);
      expect(await page.getByLabel('Definition of topic 1').inputValue()).toMatch(/^Recommendations/);
      expect(await page.getByLabel('Custom words', { exact: true }).inputValue()).toBe('acme\nproject blue\n');

      await page.getByLabel('Pattern of regex 1').fill(String.raw`\bORD-[0-9]{6}\b`);
      await page.getByRole('button', { name: 'Code of what will be sent' }).click();
      await expect
        .poll(() => page.getByRole('region', { name: 'Code' }).innerText())
        .toContain('aws bedrock create-guardrail');
      await page.getByRole('button', { name: 'Create guardrail' }).click();
      await page.getByRole('heading', { level: 1, name: 'front-desk' }).waitFor();
      const row = (name: string) => page.getByRole('table', { name: 'Policies' }).getByRole('row', { name });
      await row('US social security number').getByText('Block').waitFor();
      await shot('guardrails-overview');
      await accessible();

      const guardrailIdentifier = await idOf('front-desk');
      const made = await bedrock.send(new GetGuardrailCommand({ guardrailIdentifier }));
      expect(made.contentPolicy!.filters).toMatchObject([
        { type: 'INSULTS', inputStrength: 'MEDIUM', outputStrength: 'HIGH', inputAction: 'BLOCK' },
        { type: 'PROMPT_ATTACK', inputStrength: 'HIGH', outputStrength: 'NONE' },
      ]);
      expect(made.topicPolicy!.topics).toMatchObject([
        {
          name: 'Investment Advice',
          examples: ['Which stock should I buy now?', 'Is it a good time to sell my bonds?'],
          inputAction: 'BLOCK',
        },
      ]);
      expect(made.wordPolicy!.words!.map(({ text }) => text)).toEqual(['acme', 'project blue']);
      expect(made.wordPolicy!.managedWordLists).toMatchObject([{ type: 'PROFANITY' }]);
      expect(made.sensitiveInformationPolicy).toMatchObject({
        piiEntities: [
          { type: 'EMAIL', inputAction: 'ANONYMIZE', outputEnabled: false },
          { type: 'US_SOCIAL_SECURITY_NUMBER', inputAction: 'BLOCK', outputAction: 'ANONYMIZE' },
        ],
        regexes: [{ name: 'order', pattern: String.raw`\bORD-[0-9]{6}\b`, inputAction: 'ANONYMIZE' }],
      });
      expect(made.contextualGroundingPolicy!.filters).toMatchObject([{ type: 'GROUNDING', threshold: 0.65 }]);
      const { tags } = await bedrock.send(new ListTagsForResourceCommand({ resourceARN: made.guardrailArn }));
      expect(tags).toEqual([{ key: 'team', value: 'desk' }]);

      // The form of what is there sends what is there.
      await page.getByRole('link', { name: 'Edit draft' }).click();
      await page.getByLabel('Description - optional').fill('For the front desk and the phone');
      await page.getByLabel('Value of tag 1').fill('phone');
      await page.getByRole('button', { name: 'Save draft' }).click();
      await page.getByText('The draft of front-desk is saved.').waitFor();
      const edited = await bedrock.send(new GetGuardrailCommand({ guardrailIdentifier }));
      expect(edited.description).toBe('For the front desk and the phone');
      for (const part of [
        'contentPolicy',
        'topicPolicy',
        'wordPolicy',
        'sensitiveInformationPolicy',
        'contextualGroundingPolicy',
      ] as const)
        expect(edited[part]).toEqual(made[part]);
      expect((await bedrock.send(new ListTagsForResourceCommand({ resourceARN: made.guardrailArn }))).tags).toEqual([
        { key: 'team', value: 'phone' },
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'the form of a guardrail with everything in it sends back what is there, to the letter',
    async () => {
      const { KeyMetadata } = await new KMSClient(outcrop.clients).send(new CreateKeyCommand({}));
      const types = Object.values(GuardrailPiiEntityType);
      expect(types).toHaveLength(31);
      const ways = ['BLOCK', 'ANONYMIZE', 'NONE'] as const;
      const { guardrailId } = await bedrock.send(
        new CreateGuardrailCommand({
          name: 'everything',
          description: 'All of it',
          kmsKeyId: KeyMetadata!.KeyId,
          crossRegionConfig: { guardrailProfileIdentifier: 'us.guardrail.v1:0' },
          blockedInputMessaging: 'In.',
          blockedOutputsMessaging: 'Out.',
          contentPolicyConfig: {
            tierConfig: { tierName: 'STANDARD' },
            filtersConfig: [
              { type: 'HATE', inputStrength: 'LOW', outputStrength: 'NONE', inputAction: 'NONE' },
              {
                type: 'VIOLENCE',
                inputStrength: 'MEDIUM',
                outputStrength: 'HIGH',
                outputEnabled: false,
                outputAction: 'NONE',
              },
              { type: 'PROMPT_ATTACK', inputStrength: 'HIGH', outputStrength: 'NONE' },
            ],
          },
          topicPolicyConfig: {
            tierConfig: { tierName: 'STANDARD' },
            topicsConfig: [
              { name: 'Law', definition: 'Advice on the law.', type: 'DENY', outputAction: 'NONE' },
              { name: 'Health', definition: 'Diagnoses.', type: 'DENY', examples: ['What do I have?', 'Is it a flu?'] },
            ],
          },
          wordPolicyConfig: {
            wordsConfig: [{ text: 'one' }, { text: 'two words', inputAction: 'NONE' }, { text: 'three' }],
            managedWordListsConfig: [{ type: 'PROFANITY', outputAction: 'NONE' }],
          },
          sensitiveInformationPolicyConfig: {
            piiEntitiesConfig: types.map((type, index) => ({
              type,
              action: ways[index % 3]!,
              inputAction: ways[index % 3]!,
              outputAction: ways[(index + 1) % 3]!,
            })),
            regexesConfig: [{ name: 'order', description: 'Orders', pattern: 'ORD-[0-9]+', action: 'BLOCK' }],
          },
          contextualGroundingPolicyConfig: {
            filtersConfig: [
              { type: 'GROUNDING', threshold: 0.35, action: 'NONE' },
              { type: 'RELEVANCE', threshold: 0.5, enabled: false, action: 'NONE' },
            ],
          },
          automatedReasoningPolicyConfig: {
            policies: ['arn:aws:bedrock:us-east-1:000000000000:automated-reasoning-policy/abcdefghijkl:1'],
            confidenceThreshold: 0.75,
          },
        }),
      );
      const told = async () => {
        const {
          updatedAt: _updatedAt,
          $metadata: _metadata,
          ...rest
        } = await bedrock.send(new GetGuardrailCommand({ guardrailIdentifier: guardrailId }));
        // Words with the same actions stand together in the form.
        rest.wordPolicy!.words!.sort((a, b) => a.text!.localeCompare(b.text!));
        return rest;
      };
      const before = await told();
      const { page, shot, accessible } = await openConsole(outcrop, {
        path: `bedrock/guardrails/${guardrailId}/edit`,
        width: 375,
      });
      await page.getByRole('heading', { level: 1, name: 'Edit everything' }).waitFor();
      await accessible();
      await shot('guardrails-edit-375');
      await page.getByRole('button', { name: 'Save draft' }).click();
      await page.getByText('The draft of everything is saved.').waitFor();
      expect(await told()).toEqual(before);
      await page
        .getByRole('table', { name: 'Policies' })
        .getByRole('row', { name: 'UK national insurance number' })
        .waitFor();
      await accessible();
      await shot('guardrails-overview-375');
    },
    TIMEOUT_MS,
  );

  it(
    'versions are made of the draft, shown as they were, and deleted after a question; so is the guardrail, by a word',
    async () => {
      const { guardrailId } = await bedrock.send(
        new CreateGuardrailCommand({
          name: 'versioned',
          wordPolicyConfig: { wordsConfig: [{ text: 'first' }] },
          blockedInputMessaging: 'No.',
          blockedOutputsMessaging: 'No.',
        }),
      );
      const { page, shot, accessible, go } = await openConsole(outcrop, {
        path: `bedrock/guardrails/${guardrailId}/versions`,
      });
      await page.getByText('No versions').waitFor();
      await page.getByRole('button', { name: 'Create version' }).first().click();
      await page.getByRole('dialog').getByLabel('Description - optional').fill('as it began');
      await page.getByRole('dialog').getByRole('button', { name: 'Create version' }).click();
      await page.getByText('Version 1 of versioned is created.').waitFor();
      const version = await bedrock.send(
        new GetGuardrailCommand({ guardrailIdentifier: guardrailId, guardrailVersion: '1' }),
      );
      expect(version.description).toBe('as it began');
      await page.getByRole('link', { name: 'Version 1' }).waitFor();
      await accessible();
      await shot('guardrails-versions');
      await page.getByRole('link', { name: 'Version 1' }).click();
      await page.getByText('as it began').waitFor();

      await go(`bedrock/guardrails/${guardrailId}/versions`);
      await page.getByRole('radio', { name: 'Choose version 1' }).check();
      await page.getByRole('button', { name: 'Delete version' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByText('Version 1 is deleted.').waitFor();
      const left = await bedrock.send(new ListGuardrailsCommand({ guardrailIdentifier: guardrailId }));
      expect(left.guardrails!.map((each) => each.version)).toEqual(['DRAFT']);

      await go('bedrock/guardrails');
      await page.getByRole('radio', { name: `Choose ${guardrailId}` }).check();
      await shot('guardrails-list');
      await page.getByRole('button', { name: 'Delete' }).click();
      const dialog = page.getByRole('dialog');
      expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
      await dialog.getByLabel('To confirm, type delete').fill('delete');
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('Guardrail versioned is deleted.').waitFor();
      expect((await bedrock.send(new ListGuardrailsCommand({}))).guardrails!.map(({ name }) => name)).not.toContain(
        'versioned',
      );
    },
    TIMEOUT_MS,
  );
});
