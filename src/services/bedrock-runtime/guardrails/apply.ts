import {
  ResourceNotFoundException,
  type GuardrailAssessment,
  type GuardrailStreamConfiguration,
  type GuardrailTraceAssessment,
} from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import {
  enforcedGuardrails,
  guardrailArn,
  guardrailKey,
  guardrails,
  type GuardrailVersion,
} from '../../../kernel/inference/guardrails.ts';
import { textOf, type Answer } from '../answer.ts';
import { invalid } from '../errors.ts';
import { checkBody, object, text } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { isPrompt, promptAt } from '../prompts.ts';
import { meantBy, type Target } from '../target.ts';
import { assess, type Applied, type Assessed } from './assess.ts';
import { piecesOf, splitTags, withTexts, type Placed } from './contents.ts';
import type { Guard } from './guard.ts';
import { guardStream } from './stream.ts';

/**
 * Reasoning is on policies of their own, perhaps another account's, whose rules the findings tell. Source: Bedrock User Guide, "Permissions for
 * Automated Reasoning policies with ApplyGuardrail".
 */
async function requireReasoning(call: Call, { policies }: GuardrailVersion): Promise<void> {
  for (const resource of policies.reasoning?.policies ?? [])
    await call.require({ action: 'bedrock:InvokeAutomatedReasoningPolicy', resource });
}

type Named = { guardrailIdentifier?: string | undefined; guardrailVersion?: string | undefined };

/** Asks what `findGuardrail` asks, of a guardrail that may not be here. */
export async function askOfGuardrail(
  call: Call,
  { guardrailIdentifier = '', guardrailVersion = '' }: Named,
): Promise<void> {
  const key = guardrailKey(guardrailIdentifier, call);
  const found = key && (await call.kernel.store.get(guardrails, [key.account, key.region, key.id, guardrailVersion]));
  if (found) await requireReasoning(call, found);
}

/** Asks what `guardOf` asks, of guardrails and a model that may not be here. */
export async function askOfInvocation(
  call: Call,
  input: Named & { modelId: string | undefined; guardrailConfig?: Named | undefined },
): Promise<void> {
  const named = input.guardrailConfig ?? input;
  if (named.guardrailIdentifier) {
    await askOfGuardrail(call, named);
    const key = guardrailKey(named.guardrailIdentifier, call);
    if (key) await call.require({ action: 'bedrock:ApplyGuardrail', resource: guardrailArn(key) });
  }
  const modelId = isPrompt(input.modelId!) ? (await promptAt(call, input.modelId!))?.variant?.modelId : input.modelId;
  const target = modelId === undefined ? undefined : await meantBy(modelId, call).catch(() => undefined);
  if (!target) return;
  for (const { value } of await call.kernel.store.range(enforcedGuardrails, [call.account, call.region])) {
    if (appliesTo(value, target))
      await askOfGuardrail(call, { guardrailIdentifier: value.guardrailId, guardrailVersion: value.version });
  }
}

/** A version of a guardrail that the caller may use. Throws ValidationException, ResourceNotFoundException. */
export async function findGuardrail(call: Call, identifier: string, version: string): Promise<GuardrailVersion> {
  const key = guardrailKey(identifier, call);
  if (!key) throw invalid('The guardrail identifier or version provided in the request does not exist.');
  const found = await call.kernel.store.get(guardrails, [key.account, key.region, key.id, version]);
  if (!found || key.account !== call.account) {
    throw new ResourceNotFoundException({
      message: `The guardrail identifier or version provided in the request does not exist. (${identifier}, version ${version})`,
      $metadata: {},
    });
  }
  await requireReasoning(call, found);
  return found;
}

/**
 * The guardrails that an invocation goes through: the one it names, and those that its account enforces. Undefined: none. Throws
 * ValidationException, ResourceNotFoundException.
 */
export async function guardOf(
  call: Call,
  target: Target,
  config: GuardrailStreamConfiguration | undefined,
): Promise<Guard | undefined> {
  const applied: Applied[] = [];
  if (config?.guardrailIdentifier) {
    if (!config.guardrailVersion) throw invalid('guardrailConfig must hold guardrailIdentifier and guardrailVersion.');
    const guardrail = await findGuardrail(call, config.guardrailIdentifier, config.guardrailVersion);
    // Source: Bedrock User Guide, "Permissions for invoking guardrails to filter content".
    await call.require({ action: 'bedrock:ApplyGuardrail', resource: guardrailArn(guardrail) });
    applied.push({
      guardrail,
      origin: 'REQUEST',
      selective: { system: true, messages: true },
    });
  }
  for (const { value } of await call.kernel.store.range(enforcedGuardrails, [call.account, call.region])) {
    if (!appliesTo(value, target)) continue;
    const guardrail = await call.kernel.store.get(guardrails, [
      call.account,
      call.region,
      value.guardrailId,
      value.version,
    ]);
    // Without it nothing may pass.
    if (!guardrail) throw invalid(`The guardrail ${value.guardrailArn} that the account enforces does not exist.`);
    await requireReasoning(call, guardrail);
    const { system, messages } = value.selective;
    applied.push({
      guardrail,
      origin: 'ACCOUNT_ENFORCED',
      selective: { system: system === 'SELECTIVE', messages: messages === 'SELECTIVE' },
    });
  }
  if (applied.length === 0) return undefined;
  return createGuard(call, applied, {
    trace: config?.trace ?? 'disabled',
    async: config?.streamProcessingMode === 'async',
  });
}

function appliesTo(
  { includedModels, excludedModels }: { includedModels: string[]; excludedModels: string[] },
  { model, custom }: Target,
): boolean {
  const named = (list: string[]) => list.some((id) => id === 'ALL' || id === model.id || id === custom?.id);
  return named(includedModels) && !named(excludedModels);
}

function createGuard(call: Call, applied: Applied[], options: { trace: string; async: boolean }): Guard {
  const inputs: Record<string, Assessed> = {};
  const outputs: Record<string, Assessed[]> = {};
  let modelOutput: string[] = [];
  let intervened = false;

  async function assessAnswer(answer: Answer, chat: ChatRequest): Promise<{ answer: Answer; blocked: boolean }> {
    modelOutput = [textOf(answer)];
    let { blocks } = answer;
    const context = piecesOf(chat);
    for (const each of applied) {
      const said = blocks.flatMap((block, part) =>
        block.type === 'text' ? [{ text: block.text, place: { message: 0, part } }] : [],
      );
      const assessed = await assess(call, each, 'OUTPUT', said, context);
      (outputs[each.guardrail.id] ??= []).push(assessed);
      if (assessed.action === 'BLOCKED') {
        intervened = true;
        call.answered(call.engines.text.provenance);
        const text = each.guardrail.blockedOutputsMessaging;
        return {
          answer: { blocks: [{ type: 'text', text }], stopReason: 'guardrail', usage: answer.usage },
          blocked: true,
        };
      }
      if (assessed.action === 'MASKED') {
        intervened = true;
        blocks = blocks.map((block, index) => {
          const at = said.findIndex(({ place }) => place.part === index);
          if (at < 0 || block.type !== 'text' || assessed.texts[at] === block.text) return block;
          // What is cited would tell what is masked.
          return { type: 'text', text: assessed.texts[at]! };
        });
      }
    }
    // Masked or blocked, the answer ends by the guardrail's doing. Source: Bedrock User Guide, sensitive information filters.
    return {
      answer: blocks === answer.blocks ? answer : { ...answer, blocks, stopReason: 'guardrail' },
      blocked: false,
    };
  }

  return {
    async input(chat) {
      let entered = chat;
      for (const each of applied) {
        const pieces: Placed[] = piecesOf(entered, { wholeSystem: !each.selective.system });
        const assessed = await assess(call, each, 'INPUT', pieces);
        inputs[each.guardrail.id] = assessed;
        if (assessed.action === 'BLOCKED') {
          intervened = true;
          // The model was not asked: what judged the text has answered.
          call.answered(call.engines.text.provenance);
          return { blocked: each.guardrail.blockedInputMessaging };
        }
        if (assessed.action === 'MASKED') {
          intervened = true;
          entered = withTexts(entered, pieces, assessed.texts);
        }
      }
      return { chat: entered };
    },
    output: async (answer, chat) => (await assessAnswer(answer, chat)).answer,
    stream: (events, chat) =>
      guardStream(events, { async: options.async, assess: (answer) => assessAnswer(answer, chat) }),
    get intervened() {
      return intervened;
    },
    trace() {
      if (options.trace === 'disabled') return undefined;
      const show = (assessed: Assessed): GuardrailAssessment =>
        options.trace === 'enabled_full' ? assessed.full : assessed.found;
      const all = [...Object.values(inputs), ...Object.values(outputs).flat()];
      const trace: GuardrailTraceAssessment = { actionReason: reasonOf(all) };
      if (Object.keys(inputs).length > 0)
        trace.inputAssessment = Object.fromEntries(Object.entries(inputs).map(([id, each]) => [id, show(each)]));
      if (Object.keys(outputs).length > 0) {
        trace.outputAssessments = Object.fromEntries(Object.entries(outputs).map(([id, each]) => [id, each.map(show)]));
        trace.modelOutput = modelOutput;
      }
      return trace;
    },
  };
}

/** Why anything was done, in one line. */
export function reasonOf(assessed: readonly Assessed[]): string {
  if (assessed.some(({ action }) => action === 'BLOCKED')) return 'Guardrail blocked.';
  return assessed.some(({ action }) => action === 'MASKED') ? 'Guardrail masked.' : 'No action.';
}

type GuardrailBodyConfig = { tagSuffix?: string; streamProcessingMode?: 'sync' | 'async' };

const CONFIG = 'amazon-bedrock-guardrailConfig';
const configShape = object({
  [CONFIG]: object({ tagSuffix: text, streamProcessingMode: text }),
});
/** Source: Bedrock User Guide, "Apply tags to user input to filter content". */
const TAG_SUFFIX = /^[A-Za-z0-9]{1,20}$/;

/** What a native body says of a guardrail, apart from the rest. Throws ValidationException. */
export function splitGuardrailConfig(body: JsonObject): { body: JsonObject; config?: GuardrailBodyConfig } {
  const { [CONFIG]: given, ...rest } = body;
  if (given === undefined) return { body };
  checkBody({ [CONFIG]: given }, configShape);
  const { tagSuffix, streamProcessingMode } = given as Record<string, string>;
  if (tagSuffix !== undefined && !TAG_SUFFIX.test(tagSuffix))
    throw invalid('The tagSuffix of amazon-bedrock-guardrailConfig must be 1 to 20 letters and digits.');
  const mode = streamProcessingMode?.toLowerCase();
  if (mode !== undefined && mode !== 'sync' && mode !== 'async' && mode !== 'synchronous' && mode !== 'asynchronous')
    throw invalid('The streamProcessingMode of amazon-bedrock-guardrailConfig must be SYNCHRONOUS or ASYNCHRONOUS.');
  return {
    body: rest,
    config: {
      ...(tagSuffix === undefined ? {} : { tagSuffix }),
      ...(mode === undefined ? {} : { streamProcessingMode: mode.startsWith('a') ? 'async' : 'sync' }),
    },
  };
}

/** A conversation whose tagged texts are marked as guarded; without a suffix, all of it is looked at. */
export function taggedChat(chat: ChatRequest, tagSuffix: string | undefined): ChatRequest {
  return tagSuffix === undefined ? chat : splitTags(chat, tagSuffix);
}
