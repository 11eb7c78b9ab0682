import {
  BedrockClient,
  CreateAutomatedReasoningPolicyCommand,
  CreateAutomatedReasoningPolicyVersionCommand,
  CreateGuardrailCommand,
  GetAutomatedReasoningPolicyBuildWorkflowResultAssetsCommand,
  StartAutomatedReasoningPolicyBuildWorkflowCommand,
  UpdateAutomatedReasoningPolicyCommand,
  type AutomatedReasoningPolicyDefinition,
  type CreateGuardrailCommandInput,
  type GuardrailContentFilterType,
  type GuardrailFilterStrength,
} from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type GuardrailAutomatedReasoningFinding,
  type GuardrailContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { attacksDev } from '../../bench/accuracy/guardrails/attacks/attacks.dev.ts';
import { groundingDev } from '../../bench/accuracy/guardrails/grounding/grounding.dev.ts';
import { harmDev } from '../../bench/accuracy/guardrails/harm/cases.dev.ts';
import { topicsDev } from '../../bench/accuracy/guardrails/topics/topics.dev.ts';
import { ruleFrames, verdictOf } from '../../src/engines/reason/rule-frames.fixture.ts';
import { generator } from '../../src/kernel/ids.ts';
import { startForTests, testSeed } from '../start.ts';

/**
 * Labelled texts come from the half of bench/accuracy/guardrails that is tuned on; how the other half does is in docs/accuracy.md.
 */
const seed = testSeed('bedrock-guardrails');
const random = generator(seed);
const shuffled = <T>(list: readonly T[]): T[] =>
  list
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;
beforeAll(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
  runtime = new BedrockRuntimeClient(outcrop.clients);
});

const BLOCKED_INPUT = 'This cannot be asked here.';
const BLOCKED_OUTPUT = 'This cannot be answered here.';
let made = 0;
async function guardrail(policies: Partial<CreateGuardrailCommandInput>): Promise<string> {
  const { guardrailId } = await bedrock.send(
    new CreateGuardrailCommand({
      name: `guardrail-${++made}`,
      blockedInputMessaging: BLOCKED_INPUT,
      blockedOutputsMessaging: BLOCKED_OUTPUT,
      ...policies,
    }),
  );
  return guardrailId!;
}
const apply = (guardrailIdentifier: string, content: GuardrailContentBlock[], source: 'INPUT' | 'OUTPUT' = 'INPUT') =>
  runtime.send(new ApplyGuardrailCommand({ guardrailIdentifier, guardrailVersion: 'DRAFT', source, content }));
const stops = async (id: string, text: string, source: 'INPUT' | 'OUTPUT' = 'INPUT') =>
  (await apply(id, [{ text: { text } }], source)).action === 'GUARDRAIL_INTERVENED';

/** Of `texts`, those that a guardrail stops. */
async function stopped(id: string, texts: readonly string[]): Promise<Set<string>> {
  const all = new Set<string>();
  for (const text of texts) if (await stops(id, text)) all.add(text);
  return all;
}

describe('guardrails', () => {
  it('bedrock-guardrails.1: of 300 labelled texts harm is stopped and its neighbours pass; HIGH stops all that LOW does; attacks are caught', async () => {
    const filters = (strength: GuardrailFilterStrength) => ({
      contentPolicyConfig: {
        filtersConfig: [
          ...(['HATE', 'INSULTS', 'SEXUAL', 'VIOLENCE', 'MISCONDUCT'] as GuardrailContentFilterType[]).map((type) => ({
            type,
            inputStrength: strength,
            outputStrength: strength,
          })),
          { type: 'PROMPT_ATTACK' as const, inputStrength: strength, outputStrength: 'NONE' as const },
        ],
      },
    });
    const high = await guardrail(filters('HIGH'));
    const low = await guardrail(filters('LOW'));
    const cases = shuffled(harmDev(seed));
    const harmful = cases.filter(({ severity }) => severity !== 'none').slice(0, 150);
    const harmless = cases.filter(({ severity }) => severity === 'none').slice(0, 150);
    const texts = [...harmful, ...harmless].map(({ text }) => text);
    const byHigh = await stopped(high, texts);
    const byLow = await stopped(low, texts);
    const recall = harmful.filter(({ text }) => byHigh.has(text)).length / harmful.length;
    const falseBlocks = harmless.filter(({ text }) => byHigh.has(text)).length / harmless.length;
    expect(recall).toBeGreaterThanOrEqual(0.85);
    expect(falseBlocks).toBeLessThanOrEqual(0.05);
    expect([...byLow].filter((text) => !byHigh.has(text))).toEqual([]);
    expect(byLow.size).toBeLessThan(byHigh.size);

    const attacks = shuffled(attacksDev(seed));
    const attacking = attacks.filter(({ kind }) => kind !== 'none').slice(0, 60);
    const plain = attacks.filter(({ kind }) => kind === 'none').slice(0, 60);
    const caught = await stopped(
      high,
      attacking.map(({ text }) => text),
    );
    expect(caught.size / attacking.length).toBeGreaterThanOrEqual(0.85);
    expect(
      (
        await stopped(
          high,
          plain.map(({ text }) => text),
        )
      ).size / plain.length,
    ).toBeLessThanOrEqual(0.05);
    // Attacks are on what goes in.
    const [attack] = [...caught];
    expect(
      (await apply(high, [{ text: { text: attack! } }], 'OUTPUT')).assessments![0]!.contentPolicy?.filters ?? [],
    ).not.toContainEqual(expect.objectContaining({ type: 'PROMPT_ATTACK' }));
  });

  it('bedrock-guardrails.2: a topic is denied in other words than its definition, its neighbours pass; words and patterns hold to their bounds', async () => {
    let caught = 0;
    let passed = 0;
    let asked = 0;
    for (const topic of shuffled(topicsDev).slice(0, 4)) {
      const id = await guardrail({
        topicPolicyConfig: {
          topicsConfig: [
            { name: topic.name, definition: topic.definition, examples: topic.examples.slice(0, 5), type: 'DENY' },
          ],
        },
      });
      asked += topic.caught.length;
      caught += (await stopped(id, topic.caught)).size;
      passed += topic.passed.length - (await stopped(id, topic.passed)).size;
    }
    expect(asked).toBeGreaterThanOrEqual(20);
    expect(caught / asked).toBeGreaterThanOrEqual(0.75);
    expect(passed / asked).toBeGreaterThanOrEqual(0.75);

    const words = await guardrail({
      wordPolicyConfig: {
        wordsConfig: [{ text: 'acme' }, { text: 'project blue' }],
        managedWordListsConfig: [{ type: 'PROFANITY' }],
      },
      sensitiveInformationPolicyConfig: {
        regexesConfig: [{ name: 'order', pattern: '\\bORD-[0-9]{6}\\b', action: 'BLOCK' }],
      },
    });
    for (const text of [
      'Ask ACME about it.',
      'What is Project   Blue?',
      'My order is ORD-123456.',
      'That is bullshit.',
    ])
      expect(await stops(words, text), text).toBe(true);
    for (const text of ['The pacmen won.', 'A blue project', 'My order is ORD-1234567.', 'A class in Scunthorpe'])
      expect(await stops(words, text), text).toBe(false);
    const { outputs } = await apply(words, [{ text: { text: 'acme' } }]);
    expect(outputs).toEqual([{ text: BLOCKED_INPUT }]);
  });

  it('bedrock-guardrails.3: personal data is masked by its type or stops the call, both ways, and no stream lets a piece of it out', async () => {
    const id = await guardrail({
      sensitiveInformationPolicyConfig: {
        piiEntitiesConfig: [
          { type: 'EMAIL', action: 'ANONYMIZE' },
          { type: 'PHONE', action: 'ANONYMIZE' },
          { type: 'US_SOCIAL_SECURITY_NUMBER', action: 'BLOCK' },
        ],
      },
    });
    const guardrailConfig = { guardrailIdentifier: id, guardrailVersion: 'DRAFT' };
    const modelId = 'anthropic.claude-3-haiku-20240307-v1:0';
    for (let n = 0; n < 5; n++) {
      const mail = `person${Math.floor(random() * 1e6)}@example.org`;
      const phone = `+1 206 555 01${10 + Math.floor(random() * 89)}`;
      const { outputs } = await apply(id, [{ text: { text: `Write to ${mail} or call ${phone}.` } }], 'OUTPUT');
      expect(outputs).toEqual([{ text: 'Write to {EMAIL} or call {PHONE}.' }]);
      const messages = [
        { role: 'user' as const, content: [{ text: `Ada's address is ${mail}.\n\nWhat is Ada's address?` }] },
      ];
      const whole = await runtime.send(new ConverseCommand({ modelId, messages, guardrailConfig }));
      expect(whole.output!.message!.content![0]!.text).toContain('{EMAIL}');
      expect(JSON.stringify(whole.output)).not.toContain(mail);
      const { stream } = await runtime.send(
        new ConverseStreamCommand({
          modelId,
          messages,
          guardrailConfig: { ...guardrailConfig, streamProcessingMode: 'sync' },
        }),
      );
      let said = '';
      for await (const { contentBlockDelta } of stream!) {
        said += contentBlockDelta?.delta?.text ?? '';
        expect(said).not.toContain(mail.slice(0, 8));
      }
      expect(said).toContain('{EMAIL}');
    }
    const ssn = 'My social security number is 536-22-8145.';
    expect((await apply(id, [{ text: { text: ssn } }], 'OUTPUT')).outputs).toEqual([{ text: BLOCKED_OUTPUT }]);
    const blocked = await runtime.send(
      new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: ssn }] }], guardrailConfig }),
    );
    expect(blocked).toMatchObject({ stopReason: 'guardrail_intervened', usage: { inputTokens: 0 } });
  });

  it('bedrock-guardrails.4: answers with one planted false sentence are stopped, their faithful twins pass, and relevance tells what is beside the point', async () => {
    const grounded = await guardrail({
      contextualGroundingPolicyConfig: { filtersConfig: [{ type: 'GROUNDING', threshold: 0.7 }] },
    });
    const relevant = await guardrail({
      contextualGroundingPolicyConfig: { filtersConfig: [{ type: 'RELEVANCE', threshold: 0.7 }] },
    });
    const twins = shuffled(groundingDev(seed)).slice(0, 40);
    expect(twins).toHaveLength(40);
    const check = async (id: string, { source, query }: (typeof twins)[number], answer: string) => {
      const { action, assessments } = await apply(
        id,
        [
          { text: { text: source, qualifiers: ['grounding_source'] } },
          { text: { text: query, qualifiers: ['query'] } },
          { text: { text: answer } },
        ],
        'OUTPUT',
      );
      const [filter] = assessments![0]!.contextualGroundingPolicy!.filters!;
      expect(action === 'GUARDRAIL_INTERVENED').toBe(filter!.score! < filter!.threshold!);
      return action === 'GUARDRAIL_INTERVENED';
    };
    const counts = { planted: 0, faithful: 0, offTopic: 0, onTopic: 0 };
    for (const twin of twins) {
      if (await check(grounded, twin, twin.planted)) counts.planted++;
      if (!(await check(grounded, twin, twin.faithful))) counts.faithful++;
      if (await check(relevant, twin, twin.offTopic)) counts.offTopic++;
      if (!(await check(relevant, twin, twin.faithful))) counts.onTopic++;
    }
    console.log(counts);
    for (const [what, count] of Object.entries(counts)) expect(count, what).toBeGreaterThanOrEqual(36);
    // Some 760 sentences become vectors here, each 10 ms of a core that nothing else needs, and several times that where all cores are busy.
  }, 90_000);

  it('bedrock-guardrails.5: claims are proved against rules that were written as a text, and the rule that is broken is named', async () => {
    const frames = [...ruleFrames(random), ...ruleFrames(random)].slice(0, 10);
    const text = frames.flatMap(({ more, rules }) => [...(more ? [more] : []), ...rules]).join('\n\n');
    const { policyArn } = await bedrock.send(new CreateAutomatedReasoningPolicyCommand({ name: 'rules' }));
    const { buildWorkflowId } = await bedrock.send(
      new StartAutomatedReasoningPolicyBuildWorkflowCommand({
        policyArn,
        buildWorkflowType: 'INGEST_CONTENT',
        sourceContent: {
          workflowContent: {
            documents: [{ document: Buffer.from(text), documentContentType: 'txt', documentName: 'rules.txt' }],
          },
        },
      }),
    );
    await outcrop.clock.advance(60_000);
    const { buildWorkflowAssets } = await bedrock.send(
      new GetAutomatedReasoningPolicyBuildWorkflowResultAssetsCommand({
        policyArn,
        buildWorkflowId,
        assetType: 'POLICY_DEFINITION',
      }),
    );
    const definition = buildWorkflowAssets!.policyDefinition as AutomatedReasoningPolicyDefinition;
    const { definitionHash } = await bedrock.send(
      new UpdateAutomatedReasoningPolicyCommand({ policyArn, policyDefinition: definition }),
    );
    const version = await bedrock.send(
      new CreateAutomatedReasoningPolicyVersionCommand({ policyArn, lastUpdatedDefinitionHash: definitionHash }),
    );
    const id = await guardrail({ automatedReasoningPolicyConfig: { policies: [version.policyArn!] } });
    const seen: Record<string, number> = {};
    let judged = 0;
    for (const frame of frames) {
      for (const claim of frame.claims) {
        const { query, answer } = claim;
        const { action, assessments, usage } = await apply(
          id,
          [...(query ? [{ text: { text: query, qualifiers: ['query' as const] } }] : []), { text: { text: answer } }],
          'OUTPUT',
        );
        // Findings are told, and stop nothing.
        expect(action).toBe('NONE');
        expect(usage!.automatedReasoningPolicies).toBe(1);
        const [finding] = assessments![0]!.automatedReasoningPolicy!.findings as [GuardrailAutomatedReasoningFinding];
        const [kind, told] = Object.entries(finding)[0]!;
        const expected = verdictOf(frame, claim);
        expect(kind, `${frame.rules.join(' ')} | ${query} | ${answer}`).toBe(expected);
        if (kind === 'invalid') {
          const cited = told.contradictingRules.map(
            (rule: { identifier: string }) =>
              definition.rules!.find((each) => each.id === rule.identifier)!.alternateExpression,
          );
          expect(frame.rules).toEqual(expect.arrayContaining(cited));
        }
        seen[kind] = (seen[kind] ?? 0) + 1;
        judged++;
      }
    }
    console.log('verdicts:', seen, 'of', judged);
    expect(Object.keys(seen)).toEqual(expect.arrayContaining(['valid', 'invalid']));
  });
});
