/** Entry of the process that holds Z3: a search that does not end is ended with it, and the event loop of the program is never held up. */
import type { init as initZ3 } from 'z3-solver';
import type { Answer, Ask, Check, Reply } from './messages.ts';

const INSTALL = 'npm install z3-solver@5.2.0';

/** Assumptions of a clash up to which it is made as small as can be: each costs a question. */
const MINIMIZED_MAX = 128;

/** The literals of `(l0 (not l1))`. */
const coreOf = (output: string): string[] => output.slice(1, -1).match(/\(not [^()]+\)|[^\s()]+/g) ?? [];

type Z3 = Pick<Awaited<ReturnType<typeof initZ3>>, 'Z3' | 'em'>;
let loading: Promise<Z3> | undefined;

async function load(memoryMb: number): Promise<Z3> {
  let init: typeof initZ3;
  try {
    ({ init } = (await import('z3-solver')) as unknown as { init: typeof initZ3 });
  } catch (error) {
    throw Object.assign(new Error(`Automated reasoning needs the package z3-solver. Add it with: ${INSTALL}`), {
      missing: true,
      cause: error,
    });
  }
  const { Z3, em } = await init();
  Z3.global_param_set('memory_max_size', String(memoryMb));
  return { Z3, em };
}

async function evaluate({ prelude, checks, memoryMb }: Ask): Promise<Answer[]> {
  const { Z3: z3, em } = await (loading ??= load(memoryMb));
  const config = z3.mk_config();
  // A context of its own for each call: nothing of one check is left for the next.
  const context = z3.mk_context(config);
  z3.del_config(config);
  // The package's asynchronous form leaves the text on a stack that has moved on by the time its thread reads it.
  const tell = (command: string): string => {
    const output = (
      em.ccall('Z3_eval_smtlib2_string', 'string', ['number', 'string'], [context, command]) as string
    ).trim();
    if (output.startsWith('(error')) throw new Error(output);
    return output;
  };
  const ask = (assumptions: string[]) => tell(`(check-sat-assuming (${assumptions.join(' ')}))`) as Answer['status'];
  /** Those of some assumptions that cannot hold together, and none more; they have just been found not to. */
  const clash = (assumptions: string[]): string[] => {
    const told = coreOf(tell('(get-unsat-core)'));
    // What Z3 tells when it runs out of what it may spend is not always a core.
    let core = ask(told) === 'unsat' ? told : assumptions;
    if (core.length > MINIMIZED_MAX) return core;
    for (const one of core) {
      const fewer = core.filter((other) => other !== one);
      if (ask(fewer) === 'unsat') core = fewer;
    }
    return core;
  };
  const answer = ({ assumptions, preferred, values }: Check): Answer => {
    let status = preferred ? ask([...assumptions, ...preferred]) : 'unknown';
    if (status !== 'sat') status = ask(assumptions);
    if (status === 'unsat') return { status, output: `(${clash(assumptions).join(' ')})` };
    if (status === 'sat')
      return { status, output: values.length === 0 ? '()' : tell(`(get-value (${values.join(' ')}))`) };
    return { status: 'unknown', output: tell('(get-info :reason-unknown)') };
  };
  try {
    tell(prelude);
    return checks.map(answer);
  } finally {
    z3.del_context(context);
  }
}

const reply = (message: Reply) => process.send!(message);

process.on('message', (message) => {
  const ask = message as Ask;
  evaluate(ask)
    .then((answers) => reply({ id: ask.id, answers }))
    .catch((error: unknown) =>
      reply({
        id: ask.id,
        error: error instanceof Error ? error.message : String(error),
        missing: (error as { missing?: boolean } | undefined)?.missing === true,
      }),
    );
});
process.on('disconnect', () => process.exit(0));
