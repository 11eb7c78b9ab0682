import { requestTagKeys, type Access } from '../../kernel/access.ts';
import type { Call } from '../../kernel/call.ts';
import { DRAFT, promptArn, promptKey } from '../../kernel/inference/prompts.ts';
import { withTags } from '../../kernel/inference/tags.ts';

type Tags = Record<string, string> | undefined;

type Input = { promptIdentifier?: string | undefined; promptVersion?: string | undefined };

/** The ARN of the prompt or of the version that an operation is about. */
function named(call: Call, { promptIdentifier = '', promptVersion }: Input): string {
  const key = promptKey(promptIdentifier, call);
  if (!key) return '*';
  const version = promptVersion ?? key.version ?? DRAFT;
  return promptArn({ ...key, partition: call.partition }, { id: key.id, version });
}

const onPrompt = (call: Call, input: Input): Access[] => [
  { action: `bedrock:${call.operation}`, resource: named(call, input) },
];

const onTagged = (
  call: Call,
  { resourceArn = '*', tags }: { resourceArn?: string | undefined; tags?: Tags },
): Access[] => [
  { action: `bedrock:${call.operation}`, resource: resourceArn, keys: requestTagKeys(Object.entries(tags ?? {})) },
];

/** To make something of a prompt, with tags on `tagged`. */
function toMake(call: Call, resource: string, tags: Tags, tagged = resource): Access[] {
  const listed = Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }));
  return withTags([{ action: `bedrock:${call.operation}`, resource }], { tags: listed, resource: tagged });
}

export const access = {
  CreatePrompt: (call: Call, { tags }: { tags?: Tags }) =>
    toMake(call, '*', tags, promptArn(call, { id: '*', version: DRAFT })),
  CreatePromptVersion: (call: Call, input: Input & { tags?: Tags }) => toMake(call, named(call, input), input.tags),
  DeletePrompt: onPrompt,
  GetPrompt: onPrompt,
  ListPrompts: onPrompt,
  ListTagsForResource: onTagged,
  TagResource: onTagged,
  UntagResource: onTagged,
  UpdatePrompt: onPrompt,
};
