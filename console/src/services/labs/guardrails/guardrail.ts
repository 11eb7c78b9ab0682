import {
  BedrockClient,
  DeleteGuardrailCommand,
  GetGuardrailCommand,
  ListGuardrailsCommand,
  type GetGuardrailCommandOutput,
} from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  type GuardrailAssessment,
  type GuardrailContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import type { Finding, LabContext, Made } from '../frame/types.ts';
import type { Attack } from './hidden.ts';

/** What the lab's guardrail has to be called. */
export const NAME = 'labs-guardrail';

async function idOf(context: LabContext): Promise<string | undefined> {
  let nextToken: string | undefined;
  do {
    const page = await context.send(BedrockClient, ListGuardrailsCommand, nextToken === undefined ? {} : { nextToken });
    const found = page.guardrails?.find(({ name }) => name === NAME);
    if (found) return found.id;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return undefined;
}

/** The learner's guardrail as its working draft stands, or undefined. */
export async function guardrailOf(context: LabContext): Promise<GetGuardrailCommandOutput | undefined> {
  const guardrailIdentifier = await idOf(context);
  return guardrailIdentifier === undefined
    ? undefined
    : context.send(BedrockClient, GetGuardrailCommand, { guardrailIdentifier });
}

export const NO_GUARDRAIL: Finding = {
  what: `A guardrail named ${NAME}`,
  ok: false,
  found: 'ListGuardrails tells of none with this name in this region.',
};

/** What the draft makes of a text that goes in or comes out. */
export const applied = (
  context: LabContext,
  { guardrailId }: GetGuardrailCommandOutput,
  source: 'INPUT' | 'OUTPUT',
  content: GuardrailContentBlock[],
) =>
  context.send(BedrockRuntimeClient, ApplyGuardrailCommand, {
    guardrailIdentifier: guardrailId!,
    guardrailVersion: 'DRAFT',
    source,
    content,
  });

/** Whether a control stopped something, by what the guardrail tells of its assessment. */
export function stoppedBy(control: Attack['control'], assessments: GuardrailAssessment[]): boolean {
  const blocked = (list: { action?: string | undefined }[] | undefined) =>
    list?.some(({ action }) => action === 'BLOCKED') ?? false;
  return assessments.some(({ contentPolicy, topicPolicy, wordPolicy, sensitiveInformationPolicy }) => {
    const filters = contentPolicy?.filters;
    switch (control) {
      case 'content':
        return blocked(filters?.filter(({ type }) => type !== 'PROMPT_ATTACK'));
      case 'prompt attack':
        return blocked(filters?.filter(({ type }) => type === 'PROMPT_ATTACK'));
      case 'topic':
        return blocked(topicPolicy?.topics);
      case 'word':
        return blocked(wordPolicy?.customWords);
      default:
        return blocked(sensitiveInformationPolicy?.piiEntities);
    }
  });
}

/** The lab's guardrail, to be deleted with all versions. */
export async function madeGuardrail(context: LabContext): Promise<Made[]> {
  const guardrailIdentifier = await idOf(context);
  return guardrailIdentifier === undefined
    ? []
    : [
        {
          type: 'Guardrail',
          name: `${NAME} (${guardrailIdentifier})`,
          remove: () => context.send(BedrockClient, DeleteGuardrailCommand, { guardrailIdentifier }),
        },
      ];
}
