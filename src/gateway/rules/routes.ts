import type { WireRequest } from '../../protocol/message.ts';
import type { Services } from '../services.ts';
import { compileRules } from './compile.ts';
import { RuleError } from './faults.ts';
import { checkRules, parseRules } from './file.ts';
import type { Rules } from './rules.ts';
import { jsonSchema, type Rule } from './schema.ts';

type Route = (request: WireRequest, body: () => Promise<any>) => Promise<unknown>;

/** What `/_outcrop/rules` and `/_outcrop/cassettes` answer. A path of `rules/*` has the id of a rule at its end. */
export function ruleRoutes(rules: Rules, services: Services): Record<string, Route> {
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
    'GET cassettes': async () => ({ cassettes: await rules.cassettes.list() }),
  };
}
