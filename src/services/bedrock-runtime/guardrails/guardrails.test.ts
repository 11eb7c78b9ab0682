import {
  BedrockClient,
  CreateGuardrailCommand,
  CreateGuardrailVersionCommand,
  DeleteEnforcedGuardrailConfigurationCommand,
  PutEnforcedGuardrailConfigurationCommand,
  type CreateGuardrailCommandInput,
} from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeGuardrailChecksCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type ApplyGuardrailCommandInput,
  type ConverseTrace,
  type ConverseCommandInput,
  type GuardrailContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { allow, identities, policy, refusal } from '../../../../tests/identities.ts';
import { startForTests } from '../../../../tests/start.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;
/** Blocks "Zorbex" and social security numbers, masks e-mail addresses and ticket numbers, tells of phone numbers. */
let guardrail: string;
const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
const BLOCKED_INPUT = 'We cannot take this question.';
const BLOCKED_OUTPUT = 'We cannot give this answer.';
const SSN = '536-22-8145';
const MAIL = 'ada.lovelace@example.org';

let names = 0;
const create = async (more: Partial<CreateGuardrailCommandInput>) => {
  const { guardrailId } = await bedrock.send(
    new CreateGuardrailCommand({
      name: `guardrail-${++names}`,
      blockedInputMessaging: BLOCKED_INPUT,
      blockedOutputsMessaging: BLOCKED_OUTPUT,
      ...more,
    }),
  );
  return guardrailId!;
};

beforeAll(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
  runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
  guardrail = await create({
    wordPolicyConfig: { wordsConfig: [{ text: 'Zorbex' }] },
    sensitiveInformationPolicyConfig: {
      piiEntitiesConfig: [
        { type: 'US_SOCIAL_SECURITY_NUMBER', action: 'BLOCK' },
        { type: 'EMAIL', action: 'ANONYMIZE' },
        { type: 'PHONE', action: 'NONE' },
      ],
      regexesConfig: [{ name: 'ticket', pattern: 'TKT-[0-9]{4}', action: 'ANONYMIZE' }],
    },
  });
});

const texts = (...all: string[]): GuardrailContentBlock[] => all.map((text) => ({ text: { text } }));
const apply = (content: GuardrailContentBlock[], more: Partial<ApplyGuardrailCommandInput> = {}) =>
  runtime.send(
    new ApplyGuardrailCommand({
      guardrailIdentifier: guardrail,
      guardrailVersion: 'DRAFT',
      source: 'INPUT',
      content,
      ...more,
    }),
  );
const config = (trace: 'enabled' | 'enabled_full' | 'disabled' = 'enabled') => ({
  guardrailIdentifier: guardrail,
  guardrailVersion: 'DRAFT',
  trace,
});
const converse = (text: string, more: Partial<ConverseCommandInput> = {}) =>
  runtime.send(
    new ConverseCommand({
      modelId: MODEL,
      messages: [{ role: 'user', content: [{ text }] }],
      guardrailConfig: config(),
      ...more,
    }),
  );

describe('ApplyGuardrail', () => {
  it('lets through what is in order, with no outputs and nothing assessed', async () => {
    const answer = await apply(texts('The weather is fine.'));
    expect(answer).toMatchObject({ action: 'NONE', actionReason: 'No action.', outputs: [] });
    expect(answer.assessments).toHaveLength(1);
    expect(Object.keys(answer.assessments![0]!).sort()).toEqual(['appliedGuardrailDetails', 'invocationMetrics']);
    expect(answer.guardrailCoverage).toEqual({ textCharacters: { guarded: 20, total: 20 } });
  });

  it('answers a blocked text with the message for its direction, and tells what was found', async () => {
    const input = await apply(texts('Tell me about zorbex.', `My number is ${SSN}.`));
    expect(input).toMatchObject({
      action: 'GUARDRAIL_INTERVENED',
      actionReason: 'Guardrail blocked.',
      outputs: [{ text: BLOCKED_INPUT }],
    });
    expect(input.assessments![0]).toMatchObject({
      wordPolicy: { customWords: [{ match: 'zorbex', action: 'BLOCKED', detected: true }], managedWordLists: [] },
      sensitiveInformationPolicy: {
        piiEntities: [{ type: 'US_SOCIAL_SECURITY_NUMBER', match: SSN, action: 'BLOCKED', detected: true }],
        regexes: [],
      },
      appliedGuardrailDetails: { guardrailId: guardrail, guardrailVersion: 'DRAFT', guardrailOrigin: ['REQUEST'] },
    });
    const output = await apply(texts(SSN, `My social security number is ${SSN}.`), { source: 'OUTPUT' });
    expect(output.outputs).toEqual([{ text: BLOCKED_OUTPUT }]);
  });

  it('masks by type and by name, block by block, and leaves the rest as it is', async () => {
    const answer = await apply(texts(`Write to ${MAIL} about TKT-1234.`, 'Nothing here.', `Again ${MAIL}`));
    expect(answer.outputs).toEqual([
      { text: 'Write to {EMAIL} about {ticket}.' },
      { text: 'Nothing here.' },
      { text: 'Again {EMAIL}' },
    ]);
    expect(answer).toMatchObject({ action: 'GUARDRAIL_INTERVENED', actionReason: 'Guardrail masked.' });
    expect(answer.assessments![0]!.sensitiveInformationPolicy).toMatchObject({
      piiEntities: [{ type: 'EMAIL', match: MAIL, action: 'ANONYMIZED' }],
      regexes: [{ name: 'ticket', regex: 'TKT-[0-9]{4}', match: 'TKT-1234', action: 'ANONYMIZED' }],
    });
  });

  it('tells of what is only watched for, and does nothing', async () => {
    const answer = await apply(texts('Call me at +1 206 555 0123 tomorrow.'));
    expect(answer).toMatchObject({ action: 'NONE', outputs: [] });
    expect(answer.assessments![0]!.sensitiveInformationPolicy!.piiEntities).toEqual([
      expect.objectContaining({ type: 'PHONE', action: 'NONE', detected: true }),
    ]);
  });

  it('looks at what is marked where something is; words are looked for in all of it', async () => {
    const marked: GuardrailContentBlock[] = [
      { text: { text: `Write to ${MAIL}.` } },
      { text: { text: 'Fine weather.', qualifiers: ['guard_content'] } },
    ];
    const quiet = await apply(marked);
    expect(quiet.action).toBe('NONE');
    expect(quiet.guardrailCoverage!.textCharacters).toEqual({ guarded: 13, total: 13 + 10 + MAIL.length });
    const loud = await apply([{ text: { text: 'Zorbex!' } }, marked[1]!]);
    expect(loud.outputs).toEqual([{ text: BLOCKED_INPUT }]);
  });

  it('counts a unit for each thousand characters that are begun, policy by policy', async () => {
    const { usage } = await apply(texts('x'.repeat(1_500), 'y'.repeat(600)));
    expect(usage).toMatchObject({
      wordPolicyUnits: 3,
      sensitiveInformationPolicyUnits: 3,
      sensitiveInformationPolicyFreeUnits: 3,
      topicPolicyUnits: 0,
      contentPolicyUnits: 0,
    });
    const { lines } = await outcrop.cost();
    const line = lines.find(({ type }) => type === 'GuardrailSensitiveInformationPolicyUnits')!;
    expect(line.usd).toBeCloseTo(line.quantity * 0.0001, 10);
  });

  it('holds each direction to its own actions', async () => {
    const guardrailIdentifier = await create({
      sensitiveInformationPolicyConfig: {
        piiEntitiesConfig: [
          { type: 'EMAIL', action: 'BLOCK', inputAction: 'NONE', outputAction: 'ANONYMIZE' },
          { type: 'IP_ADDRESS', action: 'BLOCK', inputEnabled: false },
        ],
      },
    });
    const text = texts(`${MAIL} from 10.1.2.3`);
    const input = await apply(text, { guardrailIdentifier });
    expect(input.action).toBe('NONE');
    expect(input.assessments![0]!.sensitiveInformationPolicy!.piiEntities!.map(({ type }) => type)).toEqual(['EMAIL']);
    expect((await apply(text, { guardrailIdentifier, source: 'OUTPUT' })).outputs).toEqual([{ text: BLOCKED_OUTPUT }]);
  });

  it('knows no guardrail that is not there, in any of its versions', async () => {
    for (const more of [{ guardrailIdentifier: 'abcdefghijkl' }, { guardrailVersion: '7' }])
      expect(await refusal(apply(texts('Hello'), more))).toMatchObject({
        name: 'ResourceNotFoundException',
        status: 404,
      });
    expect((await refusal(apply([]))).name).toBe('ValidationException');
  });

  it('needs the permission on the guardrail', async () => {
    const arn = `arn:aws:bedrock:us-east-1:000000000000:guardrail/${guardrail}`;
    const user = await identities(outcrop).user('gwen', allow('bedrock:ApplyGuardrail', arn));
    const client = new BedrockRuntimeClient(user.clients);
    const command = (guardrailIdentifier: string) =>
      new ApplyGuardrailCommand({
        guardrailIdentifier,
        guardrailVersion: 'DRAFT',
        source: 'INPUT',
        content: texts('Hi'),
      });
    expect((await client.send(command(guardrail))).action).toBe('NONE');
    expect((await client.send(command(arn))).action).toBe('NONE');
    expect((await refusal(client.send(command('abcdefghijkl')))).name).toBe('AccessDeniedException');
  });
});

describe('Converse under a guardrail', () => {
  it('does not ask the model when the input is blocked', async () => {
    const before = (await outcrop.cost()).lines.find(({ type }) => type === 'InputTokens')?.quantity ?? 0;
    const answer = await converse('What is Zorbex?');
    expect(answer).toMatchObject({
      stopReason: 'guardrail_intervened',
      output: { message: { role: 'assistant', content: [{ text: BLOCKED_INPUT }] } },
      usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
    });
    // Strands and others look for both of these.
    expect(answer.trace!.guardrail!.inputAssessment![guardrail]!.wordPolicy!.customWords).toEqual([
      { match: 'Zorbex', action: 'BLOCKED', detected: true },
    ]);
    const after = (await outcrop.cost()).lines.find(({ type }) => type === 'InputTokens')?.quantity ?? 0;
    expect(after).toBe(before);
  });

  it('masks what goes in before the model reads it, and what comes out before the caller does', async () => {
    const { output, stopReason } = await converse(`Ada's address is ${MAIL}.\n\nWhat is Ada's address?`);
    const text = output!.message!.content![0]!.text!;
    expect(text).toContain('{EMAIL}');
    expect(text).not.toContain('@');
    expect(stopReason).not.toBe('guardrail_intervened');
  });

  it('blocks an answer that the input only asked for', async () => {
    const guardrailIdentifier = await create({
      wordPolicyConfig: { wordsConfig: [{ text: 'Ardmore', inputEnabled: false }] },
    });
    const answer = await converse('The ferry goes to Ardmore.\n\nWhere does the ferry go?', {
      guardrailConfig: { guardrailIdentifier, guardrailVersion: 'DRAFT', trace: 'enabled' },
    });
    expect(answer.stopReason).toBe('guardrail_intervened');
    expect(answer.output!.message!.content).toEqual([{ text: BLOCKED_OUTPUT }]);
    expect(answer.usage!.outputTokens).toBeGreaterThan(0);
    const { outputAssessments, modelOutput } = answer.trace!.guardrail!;
    expect(outputAssessments![guardrailIdentifier]![0]!.wordPolicy!.customWords![0]).toMatchObject({
      match: 'Ardmore',
      action: 'BLOCKED',
      detected: true,
    });
    expect(modelOutput![0]).toContain('Ardmore');
  });

  it('shows its trace only when asked, and all that it looked for when asked for that', async () => {
    expect((await converse('Hello', { guardrailConfig: config('disabled') })).trace).toBeUndefined();
    const brief = (await converse('Hello')).trace!.guardrail!;
    expect(brief.inputAssessment![guardrail]!.wordPolicy).toBeUndefined();
    const full = (await converse('Hello', { guardrailConfig: config('enabled_full') })).trace!.guardrail!;
    expect(full.inputAssessment![guardrail]!.wordPolicy).toEqual({ customWords: [], managedWordLists: [] });
  });

  it('looks at the system prompt only where it is marked, and at marked content alone where there is some', async () => {
    const system = [{ text: `The administrator is ${MAIL}, number ${SSN}.` }];
    expect((await converse('Hello', { system })).stopReason).toBe('end_turn');
    const guarded = [{ guardContent: { text: { text: `My SSN is ${SSN}` } } }];
    expect((await converse('Hello', { system: guarded })).stopReason).toBe('guardrail_intervened');
    const { stopReason } = await converse('', {
      messages: [
        {
          role: 'user',
          content: [{ text: `My SSN is ${SSN}.` }, { guardContent: { text: { text: 'What is the weather?' } } }],
        },
      ],
    });
    expect(stopReason).not.toBe('guardrail_intervened');
  });

  it('does not look at what tools answered', async () => {
    const toolConfig = { tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }] };
    const answer = await converse('', {
      toolConfig,
      messages: [
        { role: 'user', content: [{ text: 'Look it up.' }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 't1', name: 'look', input: {} } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 't1', content: [{ text: `The SSN is ${SSN}.` }] } }] },
      ],
    });
    expect(answer.trace!.guardrail!.inputAssessment![guardrail]!.sensitiveInformationPolicy).toBeUndefined();
  });

  it('streams nothing unmasked in synchronous mode, and tells its assessment with the metadata', async () => {
    const { stream } = await runtime.send(
      new ConverseStreamCommand({
        modelId: MODEL,
        messages: [{ role: 'user', content: [{ text: 'The ticket is TKT-4821.\n\nWhat is the ticket?' }] }],
        guardrailConfig: { ...config(), streamProcessingMode: 'sync' },
      }),
    );
    let text = '';
    let trace: ConverseTrace | undefined;
    for await (const event of stream!) {
      text += event.contentBlockDelta?.delta?.text ?? '';
      trace ??= event.metadata?.trace;
    }
    expect(text).toContain('{ticket}');
    expect(text).not.toMatch(/TKT-\d/);
    expect(trace!.guardrail!.inputAssessment![guardrail]!.sensitiveInformationPolicy!.regexes).toHaveLength(1);
  });

  it('lets text pass in asynchronous mode, and ends with its message once something is found', async () => {
    const guardrailIdentifier = await create({
      wordPolicyConfig: { wordsConfig: [{ text: 'Ardmore', inputEnabled: false }] },
    });
    const { stream } = await runtime.send(
      new ConverseStreamCommand({
        modelId: MODEL,
        messages: [{ role: 'user', content: [{ text: 'The ferry goes to Ardmore.\n\nWhere does the ferry go?' }] }],
        guardrailConfig: { guardrailIdentifier, guardrailVersion: 'DRAFT', streamProcessingMode: 'async' },
      }),
    );
    let text = '';
    let stopReason;
    for await (const event of stream!) {
      text += event.contentBlockDelta?.delta?.text ?? '';
      stopReason ??= event.messageStop?.stopReason;
    }
    expect(text).toContain('Ardmore');
    expect(text.endsWith(BLOCKED_OUTPUT)).toBe(true);
    expect(stopReason).toBe('guardrail_intervened');
  });

  it('can be demanded by a policy: without it, or with another, the model may not be called', async () => {
    const arn = `arn:aws:bedrock:us-east-1:000000000000:guardrail/${guardrail}`;
    const user = await identities(outcrop).user(
      'greta',
      policy(
        { Effect: 'Allow', Action: ['bedrock:InvokeModel', 'bedrock:ApplyGuardrail'], Resource: '*' },
        {
          Effect: 'Deny',
          Action: 'bedrock:InvokeModel',
          Resource: '*',
          Condition: { StringNotEquals: { 'bedrock:GuardrailIdentifier': arn } },
        },
      ),
    );
    const client = new BedrockRuntimeClient(user.clients);
    const ask = (guardrailConfig?: ConverseCommandInput['guardrailConfig']) =>
      client.send(
        new ConverseCommand({
          modelId: MODEL,
          messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
          guardrailConfig,
        }),
      );
    expect((await ask(config())).stopReason).toBe('end_turn');
    expect((await refusal(ask())).name).toBe('AccessDeniedException');
  });
});

describe('InvokeModel under a guardrail', () => {
  const body = (prompt: string, more: object = {}) =>
    JSON.stringify({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 200,
      messages: [{ role: 'user', content: prompt }],
      ...more,
    });
  const invoke = async (text: string) => {
    const answer = await runtime.send(
      new InvokeModelCommand({
        modelId: MODEL,
        body: text,
        guardrailIdentifier: guardrail,
        guardrailVersion: 'DRAFT',
        trace: 'ENABLED',
      }),
    );
    return JSON.parse(Buffer.from(answer.body).toString('utf8'));
  };

  it('says what it did in the body, beside the family’s own members', async () => {
    const blocked = await invoke(body('What is Zorbex?'));
    expect(blocked).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: BLOCKED_INPUT }],
      'amazon-bedrock-guardrailAction': 'INTERVENED',
    });
    expect(blocked['amazon-bedrock-trace'].guardrail.input[guardrail].wordPolicy.customWords[0].match).toBe('Zorbex');
    expect((await invoke(body('Hello')))['amazon-bedrock-guardrailAction']).toBe('NONE');
  });

  it('looks only at what the tags of the body hold, where they say so', async () => {
    const tag = 'amazon-bedrock-guardrails-guardContent_x1';
    const more = { 'amazon-bedrock-guardrailConfig': { tagSuffix: 'x1' } };
    const outside = await invoke(body(`My SSN is ${SSN}. <${tag}>What is the weather?</${tag}>`, more));
    expect(outside['amazon-bedrock-guardrailAction']).toBe('NONE');
    const inside = await invoke(body(`Hello. <${tag}>My SSN is ${SSN}.</${tag}>`, more));
    expect(inside['amazon-bedrock-guardrailAction']).toBe('INTERVENED');
  });

  it('speaks in every family', async () => {
    const bodies: [string, object, (answer: any) => string][] = [
      [
        'amazon.nova-micro-v1:0',
        { messages: [{ role: 'user', content: [{ text: 'Zorbex?' }] }] },
        (a) => a.output.message.content[0].text,
      ],
      ['amazon.titan-text-express-v1', { inputText: 'Zorbex?' }, (a) => a.results[0].outputText],
      ['meta.llama3-8b-instruct-v1:0', { prompt: 'Zorbex?' }, (a) => a.generation],
      ['mistral.mistral-7b-instruct-v0:2', { prompt: '<s>[INST]Zorbex?[/INST]' }, (a) => a.outputs[0].text],
      ['cohere.command-r-v1:0', { message: 'Zorbex?' }, (a) => a.text],
      [
        'openai.gpt-oss-20b-1:0',
        { messages: [{ role: 'user', content: 'Zorbex?' }] },
        (a) => a.choices[0].message.content,
      ],
    ];
    for (const [modelId, given, read] of bodies) {
      const answer = await runtime.send(
        new InvokeModelCommand({
          modelId,
          body: JSON.stringify(given),
          guardrailIdentifier: guardrail,
          guardrailVersion: 'DRAFT',
        }),
      );
      expect(read(JSON.parse(Buffer.from(answer.body).toString('utf8'))), modelId).toBe(BLOCKED_INPUT);
    }
  });

  it('ends a stream with what it did', async () => {
    const { body: stream } = await runtime.send(
      new InvokeModelWithResponseStreamCommand({
        modelId: MODEL,
        body: body(`Ada's address is ${MAIL}.\n\nWhat is Ada's address?`),
        guardrailIdentifier: guardrail,
        guardrailVersion: 'DRAFT',
        trace: 'ENABLED',
      }),
    );
    const chunks: any[] = [];
    for await (const { chunk } of stream!) chunks.push(JSON.parse(Buffer.from(chunk!.bytes!).toString('utf8')));
    expect(JSON.stringify(chunks.slice(0, -1))).not.toContain('@');
    expect(chunks.at(-1)).toMatchObject({
      'amazon-bedrock-guardrailAction': 'INTERVENED',
      'amazon-bedrock-invocationMetrics': { inputTokenCount: expect.any(Number) },
    });
  });
});

describe('an enforced guardrail', () => {
  it('works on every invocation of the account, on those that name none, until it is lifted', async () => {
    const { version } = await bedrock.send(new CreateGuardrailVersionCommand({ guardrailIdentifier: guardrail }));
    const { configId } = await bedrock.send(
      new PutEnforcedGuardrailConfigurationCommand({
        guardrailInferenceConfig: { guardrailIdentifier: guardrail, guardrailVersion: version! },
      }),
    );
    const ask = () => converse('What is Zorbex?', { guardrailConfig: undefined });
    expect((await ask()).output!.message!.content).toEqual([{ text: BLOCKED_INPUT }]);
    const named = await converse('What is Zorbex?');
    expect(named.trace!.guardrail!.inputAssessment![guardrail]!.appliedGuardrailDetails!.guardrailOrigin).toEqual([
      'REQUEST',
    ]);
    await bedrock.send(new DeleteEnforcedGuardrailConfigurationCommand({ configId: configId! }));
    expect((await ask()).stopReason).not.toBe('guardrail_intervened');
  });
});

describe('InvokeGuardrailChecks', () => {
  it('finds personal data with its place among the messages, and does nothing about it', async () => {
    const { results, usage } = await runtime.send(
      new InvokeGuardrailChecksCommand({
        messages: [
          { role: 'user', content: [{ text: 'Hello' }, { text: `I am at ${MAIL}` }] },
          { role: 'assistant', content: [{ text: 'Fine.' }] },
        ],
        checks: { sensitiveInformation: { entities: [{ type: 'EMAIL' }, { type: 'PHONE' }] } },
      }),
    );
    expect(results!.sensitiveInformation!.results).toEqual([
      expect.objectContaining({
        type: 'EMAIL',
        beginOffset: 8,
        endOffset: 8 + MAIL.length,
        messageIndex: 0,
        contentIndex: 1,
      }),
    ]);
    expect(usage).toEqual({ sensitiveInformation: { textUnits: 1 } });
  });
});
