import { LlmError, type LanguageModel } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import { AwsError } from '../../../kernel/errors.ts';
import type { Family, FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { asServiceError, invalid } from '../errors.ts';
import type { JsonObject } from '../families/family.ts';
import type { Guard } from '../guardrails/guard.ts';
import type { Target } from '../target.ts';
import { amazonImages } from './amazon.ts';
import type { Asked, ImageFamily } from './family.ts';
import { finishedOf } from './pictures.ts';
import { stabilityImages } from './stability.ts';

const families: { [name in Family]?: ImageFamily } = {
  'titan-image': amazonImages,
  'nova-canvas': amazonImages,
  'stability-image': stabilityImages,
};

/** Source: Bedrock User Guide, Stability AI models: 0 to 4,294,967,294. */
const SEEDS = 4_294_967_295;

/** What answers a native body that asks for pictures; undefined where the model makes none. */
export function imagesOf(model: FoundationModel) {
  const family = families[model.family];
  return (
    family &&
    ((call: Call, target: Target, body: JsonObject, guard: Guard | undefined) =>
      make(call, target, body, { family, guard }))
  );
}

async function make(
  call: Call,
  target: Target,
  body: JsonObject,
  { family, guard }: { family: ImageFamily; guard: Guard | undefined },
): Promise<JsonObject> {
  const { model } = target;
  const asked = await entered(await family.read(body, model, call), guard);
  const seed = asked.seed ?? Math.floor(call.kernel.ids.random() * SEEDS);
  const backend = await call.engines.llm.resolve(model.id);
  try {
    const made = await ask(backend, asked, seed, model, call);
    const over = 'edit' in asked ? asked.over : undefined;
    const images =
      over || family.marks ? await finishedOf(call, made, { marked: family.marks, ...(over ? { over } : {}) }) : made;
    call.meter({ type: 'Images', quantity: images.length, unit: 'images', resource: model.id });
    return family.write(
      images.map((image) => Buffer.from(image).toString('base64')),
      seed,
    );
  } catch (error) {
    if ('edit' in asked && error instanceof LlmError && error.kind === 'unsupported')
      throw new AwsError('NotImplemented', `${error.message} Bind one that has it to ${model.id}.`, 501);
    throw asServiceError(error, model.id);
  }
}

/** What a model may be asked under a guardrail: the words of it are looked at, personal data is masked. Throws ValidationException. */
async function entered(asked: Asked, guard: Guard | undefined): Promise<Asked> {
  const request = 'draw' in asked ? asked.draw : asked.edit;
  const members = (['prompt', 'negativePrompt'] as const).filter((member) => request[member] !== undefined);
  if (!guard || members.length === 0) return asked;
  const messages = members.map((member) => ({
    role: 'user' as const,
    content: [{ type: 'text' as const, text: request[member]! }],
  }));
  const passed = await guard.input({ system: [], messages });
  // The bodies of these models have no place for a guardrail's message.
  if ('blocked' in passed) throw invalid(passed.blocked);
  const said = Object.fromEntries(
    members.map((member, index) => {
      const part = passed.chat.messages[index]!.content[0]!;
      return [member, part.type === 'text' ? part.text : ''];
    }),
  );
  return 'draw' in asked
    ? { ...asked, draw: { ...asked.draw, ...said } }
    : { ...asked, edit: { ...asked.edit, ...said } };
}

/** What the bound server makes. Throws `LlmError`; NotImplemented where what is bound makes no pictures. */
async function ask(backend: LanguageModel, asked: Asked, seed: number, model: FoundationModel, call: Call) {
  const missing = (endpoint: string) =>
    new AwsError(
      'NotImplemented',
      `No backend that makes pictures is bound to ${model.id}. Bind a server with an OpenAI-compatible ${endpoint}: outcrop models bind '${model.id}' openai:http://127.0.0.1:8080/v1#<model>`,
      501,
    );
  if ('draw' in asked) {
    if (!backend.images) throw missing('/images/generations');
    call.answered(backend.provenance);
    return backend.images({ ...asked.draw, seed }, call.signal);
  }
  if (!backend.editImages) throw missing('/images/edits');
  call.answered(backend.provenance);
  return backend.editImages({ ...asked.edit, seed }, call.signal);
}
