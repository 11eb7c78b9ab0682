import { each, isDenied, tried } from '../frame/asking.ts';
import type { Finding, LabContext } from '../frame/types.ts';

/** Something that must be refused. */
export type Attack = { what: string; call: () => Promise<unknown> };

/** Fires attacks one after another: what succeeds, or fails for another reason than a policy, is a finding that is missing. */
export async function fired(context: LabContext, attacks: Attack[]): Promise<Finding[]> {
  return each(context, 'Attacks', attacks, async ({ what, call }) => {
    const outcome = await tried(call());
    return {
      what: `Refused: ${what}`,
      ok: isDenied(outcome),
      found: 'name' in outcome ? `${outcome.name}: ${outcome.message}` : 'It was done.',
    };
  });
}
