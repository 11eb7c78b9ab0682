import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { guardrailArn, guardrailKey } from '../../../kernel/inference/guardrails.ts';
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

/** A guardrail with tags needs the right to tag, too. Source: Service Authorization Reference, Amazon Bedrock. */
const toCreate = (
  call: Call,
  { tags }: { tags?: { key?: string | undefined; value?: string | undefined }[] | undefined },
) => {
  const keys = {
    ...Object.fromEntries((tags ?? []).map(({ key, value }) => [`aws:requesttag/${key?.toLowerCase()}`, value])),
    'aws:tagkeys': (tags ?? []).map(({ key }) => key!),
  };
  const on = (action: string): Access => ({ action, resource: '*', ...(tags?.length ? { keys } : {}) });
  return tags?.length ? [on('bedrock:CreateGuardrail'), on('bedrock:TagResource')] : [on('bedrock:CreateGuardrail')];
};

export const guardrailAccess = {
  CreateGuardrail: toCreate,
  CreateGuardrailVersion: onGuardrail,
  DeleteGuardrail: onGuardrail,
  GetGuardrail: onGuardrail,
  ListGuardrails: onGuardrail,
  UpdateGuardrail: onGuardrail,
};
