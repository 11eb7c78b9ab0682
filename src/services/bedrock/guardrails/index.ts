import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { guardrailArn, guardrailKey } from '../../../kernel/inference/guardrails.ts';
import { withTags } from '../../../kernel/inference/tags.ts';
import {
  DeleteEnforcedGuardrailConfiguration,
  ListEnforcedGuardrailsConfiguration,
  PutEnforcedGuardrailConfiguration,
} from './enforced.ts';
import {
  CreateGuardrail,
  CreateGuardrailVersion,
  DeleteGuardrail,
  GetGuardrail,
  ListGuardrails,
  UpdateGuardrail,
} from './guardrails.ts';

export const guardrailOperations = {
  CreateGuardrail,
  CreateGuardrailVersion,
  DeleteEnforcedGuardrailConfiguration,
  DeleteGuardrail,
  GetGuardrail,
  ListEnforcedGuardrailsConfiguration,
  ListGuardrails,
  PutEnforcedGuardrailConfiguration,
  UpdateGuardrail,
};

type Input = { guardrailIdentifier?: string | undefined };

/** The permission is on the guardrail, whatever its version. */
const onGuardrail = (call: Call, { guardrailIdentifier }: Input): Access[] => {
  const key = guardrailIdentifier === undefined ? undefined : guardrailKey(guardrailIdentifier, call);
  return [{ action: `bedrock:${call.operation}`, resource: key ? guardrailArn(key) : '*' }];
};

const toCreate = (
  call: Call,
  { tags }: { tags?: { key?: string | undefined; value?: string | undefined }[] | undefined },
): Access[] =>
  withTags([{ action: `bedrock:${call.operation}`, resource: '*' }], {
    tags,
    resource: guardrailArn({ ...call, id: '*' }),
  });

export const guardrailAccess = {
  CreateGuardrail: toCreate,
  CreateGuardrailVersion: onGuardrail,
  DeleteGuardrail: onGuardrail,
  GetGuardrail: onGuardrail,
  ListGuardrails: onGuardrail,
  UpdateGuardrail: onGuardrail,
};
