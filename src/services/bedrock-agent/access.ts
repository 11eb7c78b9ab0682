import type { Access } from '../../kernel/access.ts';
import type { Call } from '../../kernel/call.ts';
import { DRAFT, promptArn, promptKey } from '../../kernel/inference/prompts.ts';

type Tags = Record<string, string> | undefined;

/** What is made with tags needs the right to tag, too. Source: Service Authorization Reference, Amazon Bedrock. */
function withTags(access: Access, tags: Tags): Access[] {
  if (!tags || Object.keys(tags).length === 0) return [access];
  const keys = {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, value])),
    'aws:tagkeys': Object.keys(tags),
  };
  return [
    { ...access, keys },
    { action: 'bedrock:TagResource', resource: access.resource, keys },
  ];
}

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
): Access[] => withTags({ action: `bedrock:${call.operation}`, resource: resourceArn }, tags).slice(0, 1);

export const access = {
  CreatePrompt: (call: Call, { tags }: { tags?: Tags }) =>
    withTags({ action: `bedrock:${call.operation}`, resource: '*' }, tags),
  CreatePromptVersion: (call: Call, input: Input & { tags?: Tags }) =>
    withTags({ action: `bedrock:${call.operation}`, resource: named(call, input) }, input.tags),
  DeletePrompt: onPrompt,
  GetPrompt: onPrompt,
  ListPrompts: onPrompt,
  ListTagsForResource: onTagged,
  TagResource: onTagged,
  UntagResource: onTagged,
  UpdatePrompt: onPrompt,
};
