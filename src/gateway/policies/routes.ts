import { z } from 'zod';
import { loadActions } from '../../engines/policy/policy.ts';
import type { WireRequest } from '../../protocol/message.ts';
import { checkPolicy } from './check.ts';
import { CONDITION_OPERATORS } from './elements.ts';

/** Longest policy that is checked; in characters. Those of IAM, S3 and KMS are shorter. */
const DOCUMENT_LENGTH_MAX = 128 * 1024;

const checkBody = z.strictObject({
  document: z.string().max(DOCUMENT_LENGTH_MAX),
  kind: z.enum(['identity', 'resource', 'trust', 'boundary', 'session', 'service-control']).default('identity'),
});

/** AWS's own list of actions, and policies held against it: what an editor of policies asks for. */
export function policyRoutes() {
  return {
    'GET actions': async ({ rawQuery }: WireRequest) => {
      const actions = await loadActions();
      const prefix = new URLSearchParams(rawQuery).get('service');
      if (prefix !== null) {
        const service = actions.service(prefix);
        if (!service) throw new RangeError(`AWS has no service ${prefix}`);
        return service;
      }
      return {
        services: actions.services,
        conditionKeys: actions.conditionKeys('aws'),
        conditionOperators: CONDITION_OPERATORS,
      };
    },
    'POST policy/check': async (_request: WireRequest, body: () => Promise<unknown>) => {
      const { document, kind } = checkBody.parse(await body());
      return { findings: checkPolicy(document, kind, await loadActions()) };
    },
  };
}
