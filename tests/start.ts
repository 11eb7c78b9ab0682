import { afterAll, expect, onTestFinished, TestRunner } from 'vitest';
import { faultOf } from '../src/engines/policy/actions.ts';
import { loadActions } from '../src/engines/policy/policy.ts';
import { startStack, type Outcrop, type OutcropOptions } from '../src/main.ts';

type Inside = NonNullable<Parameters<typeof startStack>[1]>;

/**
 * A stack of its own, for a test file or, asked for in `beforeEach` or in the test, for that test: in memory as far as can be, on a free
 * port, stopped at the end. Every permission that was decided on is held against AWS’s own list of actions and resources.
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
  atEnd(async () => {
    await outcrop.stop();
    const actions = await loadActions();
    const faults = [...asked.values()].map((access) => faultOf(actions, access)).filter((fault) => fault !== undefined);
    expect([...new Set(faults)].slice(0, 20), 'permissions that AWS does not know').toEqual([]);
  });
  return outcrop;
}

/** What is done at the end of the file. Vitest ignores hooks that other hooks ask for. */
const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends.splice(0)) await end();
});

/** When the test is over, each try of it; outside of one, when the file is. */
function atEnd(end: () => Promise<void>): void {
  if (TestRunner.getCurrentTest()) onTestFinished(end);
  else ends.push(end);
}

/** The seed of a test file's generated inputs: printed, and taken from OUTCROP_TEST_SEED to repeat a run. */
export function testSeed(name: string): number {
  const seed = Number(process.env['OUTCROP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${name}: OUTCROP_TEST_SEED=${seed}`);
  return seed;
}
