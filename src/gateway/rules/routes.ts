import { z } from 'zod';
import type { Kernel } from '../../kernel/kernel.ts';
import type { WireRequest } from '../../protocol/message.ts';
import type { KeptCall } from '../calls/kept.ts';
import type { Services } from '../services.ts';
import { CassetteError } from './cassettes/entry.ts';
import { compileRules } from './compile.ts';
import { RuleError } from './faults.ts';
import { checkRules, parseRules } from './file.ts';
import type { Rules } from './rules.ts';
import { jsonSchema, type Rule } from './schema.ts';

/** Entries of a cassette that are shown, and calls that are put into one together. */
const ENTRIES_MAX = 500;
const CALLS_MAX = 500;

const madeBody = z.strictObject({
  cassette: z.string().min(1).max(1_024),
  calls: z.array(z.string().max(128)).min(1).max(CALLS_MAX),
});

const refused = (error: unknown): never => {
  if (error instanceof CassetteError) throw new RangeError(error.message);
  throw error;
};

type Route = (request: WireRequest, body: () => Promise<any>) => Promise<unknown>;

/** What `/_outcrop/rules` and `/_outcrop/cassettes` answer. A path of `rules/*` has the id of a rule at its end. */
export function ruleRoutes(rules: Rules, services: Services, kernel: Kernel): Record<string, Route> {
  const shown = async () => ({ rules: await rules.list(), faults: rules.faults });
  const idOf = ({ rawPath }: WireRequest) => decodeURIComponent(rawPath.slice(rawPath.lastIndexOf('/') + 1));
  const listOf = (body: any): Rule[] => {
    const list: unknown = Array.isArray(body) ? body : body?.rules;
    if (!Array.isArray(list)) throw new RuleError([{ message: 'the body is a list of rules, or {"rules": […]}' }]);
    return list as Rule[];
  };
  const known = async (id: string) => {
    const found = (await rules.list()).find((rule) => rule.id === id);
    if (!found) throw new RuleError([{ message: `there is no rule ${id}` }]);
    return found;
  };
  return {
    'GET rules': shown,
    'PUT rules': async (_request, body) => {
      await rules.set(listOf(await body()));
      return shown();
    },
    'POST rules': async (_request, body) => ({ id: await rules.add((await body()) as Rule) }),
    'DELETE rules': async () => {
      await rules.clear();
      return shown();
    },
    'GET rules/schema': async () => jsonSchema(),
    'POST rules/check': async (_request, body) => {
      const {
        text,
        file = 'rules',
        ...rest
      } = ((await body()) ?? {}) as { text?: string; file?: string; rules?: Rule[] };
      const checked =
        typeof text === 'string' ? parseRules(text, file) : checkRules(listOf(rest), process.cwd(), 'api');
      return { rules: (await compileRules(checked, services)).map(({ id }) => id) };
    },
    'POST rules/forget': async () => {
      await rules.forget();
      return shown();
    },
    'GET rules/*': (request) => known(idOf(request)),
    'PUT rules/*': async (request, body) => ({
      id: await rules.add({ ...((await body()) as Rule), id: idOf(request) }),
    }),
    'DELETE rules/*': async (request) => {
      const id = idOf(request);
      if (await rules.remove(id)) return { removed: id };
      const { source } = await known(id);
      throw new RuleError([{ message: `rule ${id} is of ${source}: change it there` }]);
    },
    'GET cassettes': async () => ({ cassettes: await rules.cassettes.list(await rules.cassettePaths()) }),
    'GET cassettes/entries': async ({ rawQuery }) => {
      const name = new URLSearchParams(rawQuery).get('cassette') ?? '';
      const entries = await rules.cassettes.entries(name).catch(refused);
      return { cassette: name, entries: entries.slice(0, ENTRIES_MAX), count: entries.length };
    },
    'POST cassettes': async (_request, body) => {
      const { cassette, calls } = madeBody.parse(await body());
      const made = calls.map((requestId) => {
        const found = kernel.trail.call(requestId);
        if (!found?.kept) throw new RangeError(`Nothing is known of call ${requestId} any more`);
        return { requestId, timeMs: found.line.timeMs, kept: found.kept as KeptCall };
      });
      return rules.cassettes
        .add(
          cassette,
          made.toSorted((a, b) => a.timeMs - b.timeMs),
        )
        .catch(refused);
    },
  };
}
