import { afterAll, expect } from 'vitest';
import { faultOf } from '../src/engines/policy/actions.ts';
import { loadActions } from '../src/engines/policy/policy.ts';
import { startStack, type Outcrop, type OutcropOptions } from '../src/main.ts';

type Inside = NonNullable<Parameters<typeof startStack>[1]>;

/**
 * A stack of its own for a test file: in memory as far as can be, on a free port, stopped at the end. Every permission that was decided on
 * is held against AWS's own list of actions and resources.
 */
export async function startForTests(options: OutcropOptions = {}, inside: Inside = {}): Promise<Outcrop> {
  const asked = new Map<string, { action: string; resource: string }>();
  const outcrop = await startStack(
    { ephemeral: true, port: 0, log: 'error', ...options },
    {
      // The services that a test brings along ask for what they like.
      ...(inside.extraServices
        ? {}
        : { decided: (access) => asked.set(`${access.action} ${access.resource}`, access) }),
      ...inside,
    },
  );
  afterAll(async () => {
    await outcrop.stop();
    const actions = await loadActions();
    const faults = [...asked.values()].map((access) => faultOf(actions, access)).filter((fault) => fault !== undefined);
    expect([...new Set(faults)].slice(0, 20), 'permissions that AWS does not know').toEqual([]);
  });
  return outcrop;
}

/** The seed of a test file's generated inputs: printed, and taken from OUTCROP_TEST_SEED to repeat a run. */
export function testSeed(name: string): number {
  const seed = Number(process.env['OUTCROP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${name}: OUTCROP_TEST_SEED=${seed}`);
  return seed;
}
