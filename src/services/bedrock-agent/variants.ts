import type { PromptVariant as SdkVariant } from '@aws-sdk/client-bedrock-agent';
import type { ChatTemplate, PromptVariant, TextTemplate } from '../../kernel/inference/prompts.ts';
import { invalid, unbuilt } from './errors.ts';

/** The variants of a request: today AWS takes one. Throws ValidationException for a template of another type than it says, and for a default that is none. */
export function readVariants(
  variants: readonly SdkVariant[] = [],
  defaultVariant: string | undefined,
): PromptVariant[] {
  // Source: API Reference, CreatePrompt: "This value must match the name field in the relevant PromptVariant object."
  if (defaultVariant !== undefined && !variants.some(({ name }) => name === defaultVariant))
    throw invalid(`The default variant ${defaultVariant} is none of the prompt's variants.`);
  return variants.map(readVariant);
}

function readVariant(given: SdkVariant): PromptVariant {
  if (given.genAiResource) throw unbuilt(`An agent as the resource of a prompt (variant ${given.name})`);
  const inference = given.inferenceConfiguration?.text;
  return {
    name: given.name!,
    template: readTemplate(given),
    ...(given.modelId === undefined ? {} : { modelId: given.modelId }),
    ...(inference ? { inference } : {}),
    ...(given.additionalModelRequestFields === undefined
      ? {}
      : { additionalModelRequestFields: given.additionalModelRequestFields }),
    ...(given.metadata?.length
      ? { metadata: given.metadata.map(({ key, value }) => ({ key: key!, value: value! })) }
      : {}),
  };
}

function readTemplate({ name, templateType, templateConfiguration }: SdkVariant): TextTemplate | ChatTemplate {
  const given = templateType === 'CHAT' ? templateConfiguration?.chat : templateConfiguration?.text;
  if (!given)
    throw invalid(`The templateConfiguration of the variant ${name} is not one of the templateType ${templateType}.`);
  const inputVariables = (given.inputVariables ?? []).map((variable) => variable.name ?? '');
  if (inputVariables.includes('')) throw invalid(`An input variable of the variant ${name} has no name.`);
  if (new Set(inputVariables).size < inputVariables.length)
    throw invalid(`The variant ${name} names an input variable twice.`);
  if ('text' in given)
    return {
      type: 'TEXT',
      text: given.text!,
      inputVariables,
      ...(given.cachePoint ? { cachePoint: given.cachePoint } : {}),
    };
  const { messages, system, toolConfiguration } = given;
  return {
    type: 'CHAT',
    messages: messages as ChatTemplate['messages'],
    inputVariables,
    ...(system ? { system } : {}),
    ...(toolConfiguration ? { toolConfiguration } : {}),
  };
}

/** A variant as it is told. */
export function showVariant({ name, modelId, template, inference, metadata, ...rest }: PromptVariant): SdkVariant {
  const { type, inputVariables, ...configuration } = template;
  const shown = { ...configuration, inputVariables: inputVariables.map((variable) => ({ name: variable })) };
  return {
    name,
    templateType: type,
    templateConfiguration: (type === 'TEXT' ? { text: shown } : { chat: shown }) as SdkVariant['templateConfiguration'],
    ...(modelId === undefined ? {} : { modelId }),
    ...(inference ? { inferenceConfiguration: { text: inference } } : {}),
    ...(metadata ? { metadata } : {}),
    ...('additionalModelRequestFields' in rest
      ? { additionalModelRequestFields: rest.additionalModelRequestFields as never }
      : {}),
  };
}
