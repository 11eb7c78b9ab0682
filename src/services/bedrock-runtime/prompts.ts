import type { ConverseRequest } from '@aws-sdk/client-bedrock-runtime';
import type { Call } from '../../kernel/call.ts';
import {
  DRAFT,
  promptKey,
  prompts,
  promptVariants,
  type Prompt,
  type PromptVariant,
} from '../../kernel/inference/prompts.ts';
import { invalid, notFound, unbuilt } from './errors.ts';

type Asked = Pick<
  ConverseRequest,
  | 'modelId'
  | 'messages'
  | 'system'
  | 'inferenceConfig'
  | 'toolConfig'
  | 'additionalModelRequestFields'
  | 'promptVariables'
>;

/** Source: API Reference, Converse: "If you use a prompt from Prompt management, you can't include the following fields in the request." */
const FIXED = ['additionalModelRequestFields', 'inferenceConfig', 'system', 'toolConfig'] as const;

const VARIABLE = /\{\{([0-9a-zA-Z_-]{1,200})\}\}/g;

/** Whether a model id is the ARN of a prompt from Prompt management. */
export const isPrompt = (modelId: string) => /^arn:[^:]*:bedrock:[^:]*:[^:]*:prompt\//.test(modelId);

type Found = { prompt: Prompt; variant: PromptVariant | undefined };

/** What calls have found: a draft may be another by the time that its call has been allowed, and another's model is another permission. */
const found = new WeakMap<Call, { arn: string; prompt: Promise<Found | undefined> }>();

/** The prompt that an ARN names and the variant of it that is used, one throughout a call; undefined where there is none in the caller's account. */
export function promptAt(call: Call, arn: string): Promise<Found | undefined> {
  const known = found.get(call);
  if (known?.arn === arn) return known.prompt;
  const prompt = lookUp(call, arn);
  found.set(call, { arn, prompt });
  return prompt;
}

async function lookUp(call: Call, arn: string): Promise<Found | undefined> {
  const key = promptKey(arn, call);
  if (key?.account !== call.account) return undefined;
  const place = [key.account, key.region, key.id, key.version ?? DRAFT];
  // Read together: what an update writes between two reads would be half of each.
  return call.kernel.store.transact(async (tx) => {
    const prompt = await tx.get(prompts, place);
    const variants = (await tx.get(promptVariants, place)) ?? [];
    return prompt && { prompt, variant: variants.find(({ name }) => name === prompt.defaultVariant) ?? variants[0] };
  });
}

/**
 * What a request asks for whose model id is a prompt's ARN: the prompt's model, system texts, tools and parameters, its messages with the
 * variables filled in, and those of the request behind them. Any other request is returned as it is. Throws ValidationException,
 * ResourceNotFoundException. Source: Bedrock User Guide, "Test a prompt using Prompt management".
 */
export async function rendered<Input extends Asked>(call: Call, input: Input): Promise<Input> {
  if (!isPrompt(input.modelId!)) return input;
  for (const field of FIXED)
    if (input[field] !== undefined)
      throw invalid(`${field} can't be included in a request whose modelId is a prompt: it is defined in the prompt.`);
  const named = await promptAt(call, input.modelId!);
  if (!named) throw notFound(`Could not find the prompt ${input.modelId}.`);
  const { variant } = named;
  if (!variant) throw invalid(`The prompt ${input.modelId} has no variant.`);
  if (variant.modelId === undefined)
    throw invalid(`The prompt ${input.modelId} has no model. Choose one for its variant ${variant.name}.`);
  if (isPrompt(variant.modelId)) throw unbuilt('A prompt whose model is a prompt');
  const values = valuesOf(variant, input.promptVariables);
  const { promptVariables: _variables, ...rest } = input;
  return { ...rest, ...requestOf(variant, values, input.messages ?? []), modelId: variant.modelId } as Input;
}

/** The values of a prompt's variables. Throws ValidationException for those that are missing or no texts, and for those it does not have. */
function valuesOf({ template }: PromptVariant, given: Asked['promptVariables']): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(given ?? {})) {
    // A union that is empty, or null, or holds what is not known here.
    const text = (value as typeof value | null | undefined)?.text;
    if (typeof text !== 'string') throw invalid(`The value of the variable ${name} must hold a text.`);
    values.set(name, text);
  }
  const missing = template.inputVariables.filter((name) => !values.has(name));
  if (missing.length > 0) throw invalid(`The prompt needs values for these variables: ${missing.join(', ')}.`);
  const unknown = [...values.keys()].filter((name) => !template.inputVariables.includes(name));
  if (unknown.length > 0) throw invalid(`The prompt has no variables of these names: ${unknown.join(', ')}.`);
  return values;
}

function requestOf(variant: PromptVariant, values: ReadonlyMap<string, string>, more: NonNullable<Asked['messages']>) {
  const { template, inference, additionalModelRequestFields } = variant;
  const filled = (blocks: readonly object[]) =>
    blocks.map((block) => ('text' in block ? { ...block, text: fill(String(block.text), values) } : block));
  const conversation =
    template.type === 'TEXT'
      ? {
          messages: [
            {
              role: 'user',
              content: [
                { text: fill(template.text, values) },
                ...(template.cachePoint ? [{ cachePoint: template.cachePoint }] : []),
              ],
            },
          ],
        }
      : {
          messages: template.messages.map(({ role, content }) => ({ role, content: filled(content) })),
          ...(template.system ? { system: filled(template.system) } : {}),
          ...(template.toolConfiguration ? { toolConfig: template.toolConfiguration } : {}),
        };
  return {
    ...conversation,
    messages: [...conversation.messages, ...more],
    ...(inference ? { inferenceConfig: inference } : {}),
    ...(additionalModelRequestFields === undefined ? {} : { additionalModelRequestFields }),
  };
}

/** Once over the text, so that what a value says is never a variable itself; names without a value stand as they are. */
const fill = (text: string, values: ReadonlyMap<string, string>) =>
  text.replace(VARIABLE, (all, name: string) => values.get(name) ?? all);
