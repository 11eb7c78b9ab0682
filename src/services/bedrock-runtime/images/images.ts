import { AwsError } from '../../../kernel/errors.ts';
import type { Call } from '../../../kernel/call.ts';
import type { Family, FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { asServiceError } from '../errors.ts';
import type { JsonObject } from '../families/family.ts';
import type { Target } from '../target.ts';
import type { ImageFamily } from './family.ts';
import { amazonImages } from './amazon.ts';
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
  return family && ((call: Call, target: Target, body: JsonObject) => make(call, target, body, family));
}

async function make(call: Call, target: Target, body: JsonObject, family: ImageFamily): Promise<JsonObject> {
  const { model } = target;
  const asked = family.read(body, model);
  const seed = asked.seed ?? Math.floor(call.kernel.ids.random() * SEEDS);
  const backend = await call.engines.llm.resolve(model.id);
  if (!backend.images) {
    throw new AwsError(
      'NotImplemented',
      `No backend that makes pictures is bound to ${model.id}. Bind a server with an OpenAI-compatible /images/generations: outcrop models bind '${model.id}' openai:http://127.0.0.1:8080/v1#<model>`,
      501,
    );
  }
  call.answered(backend.provenance);
  try {
    const made = await backend.images({ ...asked, seed }, call.signal);
    call.meter({ type: 'Images', quantity: made.length, unit: 'images', resource: model.id });
    return family.write(
      made.map((image) => Buffer.from(image).toString('base64')),
      seed,
    );
  } catch (error) {
    throw asServiceError(error, model.id);
  }
}
