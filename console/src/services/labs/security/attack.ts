import { SimulatePrincipalPolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { each, isDenied, tried } from '../frame/asking.ts';
import type { Finding, LabContext } from '../frame/types.ts';

/**
 * Something that must be refused. `destroys`: the action that would do harm if it were not; then the policy simulator is asked first, and the
 * attack stays out where it would succeed.
 */
export type Attack = { what: string; call: () => Promise<unknown>; destroys?: string };

/** Fires attacks as a principal: what succeeds, or fails for another reason than a policy, is a finding that is missing. */
export async function fired(context: LabContext, principalArn: string, attacks: Attack[]): Promise<Finding[]> {
  const actions = attacks.flatMap(({ destroys }) => (destroys === undefined ? [] : [destroys]));
  const { EvaluationResults = [] } = await context.send(IAMClient, SimulatePrincipalPolicyCommand, {
    PolicySourceArn: principalArn,
    ActionNames: actions,
  });
  const open = new Set(
    EvaluationResults.filter(({ EvalDecision }) => EvalDecision === 'allowed').map(
      ({ EvalActionName }) => EvalActionName,
    ),
  );
  return each(context, 'Attacks', attacks, async ({ what, call, destroys }) => {
    if (destroys !== undefined && open.has(destroys))
      return {
        what: `Refused: ${what}`,
        ok: false,
        found: `The policy simulator allows ${destroys}: the attack was left out, for it would succeed.`,
      };
    const outcome = await tried(call());
    return {
      what: `Refused: ${what}`,
      ok: isDenied(outcome),
      found: 'name' in outcome ? `${outcome.name}: ${outcome.message}` : 'It was done.',
    };
  });
}
