import type { init as initZ3 } from 'z3-solver';
import { ReasonError } from './error.ts';
import { SCRIPT_CHARACTERS_MAX, SOLVER_MEMORY_MB_MAX } from './limits.ts';
import type { Answer, Check, Solver } from './solver.ts';

const INSTALL = 'npm install z3-solver@5.2.0';
/** Assumptions of a clash up to which it is made as small as can be: each costs a question. */
const MINIMIZED_MAX = 128;

/** The literals of `(l0 (not l1))`. */
const coreOf = (output: string): string[] => output.slice(1, -1).match(/\(not [^()]+\)|[^\s()]+/g) ?? [];

type Z3 = Pick<Awaited<ReturnType<typeof initZ3>>, 'Z3' | 'em'>;

async function load(): Promise<Z3> {
  let init: typeof initZ3;
  try {
    ({ init } = (await import('z3-solver')) as unknown as { init: typeof initZ3 });
  } catch (error) {
    const message = `Automated reasoning needs the package z3-solver. Add it with: ${INSTALL}`;
    throw new ReasonError('missing_package', message, { cause: error });
  }
  const { Z3, em } = await init();
  Z3.global_param_set('memory_max_size', String(SOLVER_MEMORY_MB_MAX));
  return { Z3, em };
}

/** Z3 in this very process, which it holds up while it looks for an answer: for a process of its own. */
export function createZ3(): Solver {
  let loading: Promise<Z3> | undefined;
  return {
    async run(prelude, checks) {
      if (prelude.length > SCRIPT_CHARACTERS_MAX)
        throw new ReasonError('too_complex', `The policy is longer than ${SCRIPT_CHARACTERS_MAX} characters.`);
      const { Z3: z3, em } = await (loading ??= load());
      const config = z3.mk_config();
      // A context of its own for each call: nothing of one is left for the next.
      const context = z3.mk_context(config);
      z3.del_config(config);
      try {
        // The package's asynchronous form leaves the text on a stack that has moved on by the time its thread reads it.
        const tell = (command: string): string => {
          const told = em.ccall('Z3_eval_smtlib2_string', 'string', ['number', 'string'], [context, command]) as string;
          if (/memory/i.test(told) && told.startsWith('(error'))
            throw new ReasonError('too_complex', `The solver needs more than ${SOLVER_MEMORY_MB_MAX} MB.`);
          if (told.startsWith('(error')) throw new ReasonError('failed', `The solver failed: ${told.trim()}`);
          return told.trim();
        };
        tell(prelude);
        return checks.map((check) => answer(check, tell));
      } finally {
        z3.del_context(context);
      }
    },
  };
}

function answer({ assumptions, preferred, values }: Check, tell: (command: string) => string): Answer {
  const ask = (literals: string[]) => tell(`(check-sat-assuming (${literals.join(' ')}))`) as Answer['status'];
  let status = preferred ? ask([...assumptions, ...preferred]) : 'unknown';
  if (status !== 'sat') status = ask(assumptions);
  if (status === 'sat')
    return { status, output: values.length === 0 ? '()' : tell(`(get-value (${values.join(' ')}))`) };
  if (status !== 'unsat') return { status: 'unknown', output: tell('(get-info :reason-unknown)') };
  // Those of the assumptions that cannot hold together, and none more.
  const told = coreOf(tell('(get-unsat-core)'));
  // What Z3 tells when it runs out of what it may spend is not always a core.
  let core = ask(told) === 'unsat' ? told : assumptions;
  if (core.length <= MINIMIZED_MAX) {
    for (const one of core) {
      const fewer = core.filter((other) => other !== one);
      if (ask(fewer) === 'unsat') core = fewer;
    }
  }
  return { status, output: `(${core.join(' ')})` };
}
