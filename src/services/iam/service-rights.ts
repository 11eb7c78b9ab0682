import { setImmediate as nextTurn } from 'node:timers/promises';
import { loadActions, type Actions, type Policy, type Statement } from '../../engines/policy/policy.ts';

/** A service, and its actions that policies allow on something. */
export type ServiceRights = { prefix: string; name: string; actions: string[] };

/** The event loop gets its turn after this many ms. */
const TURN_MS_MAX = 5;

/** Names of actions by service, as they are written. */
const names = new Map<string, string[]>();
function namesOf(actions: Actions, prefix: string): string[] {
  let known = names.get(prefix);
  if (!known) names.set(prefix, (known = actions.expand(`${prefix}:*`)));
  return known;
}

const speaksOf = (statement: Statement, action: string) =>
  statement.action(action.toLowerCase()) !== statement.notAction;

/** A denial that no resource and no condition narrows. */
const isFlat = ({ effect, conditions, resources, notResource }: Statement) =>
  effect === 'Deny' && conditions.length === 0 && !notResource && resources.some(({ all }) => all);

/**
 * The services that permissions policies let an identity ask for, by prefix. Resources and conditions are not looked at, and denials
 * only when they are flat, as in AWS's last accessed information: the question is what could be, not what is.
 */
export async function rightsOf(policies: readonly Policy[], wanted?: ReadonlySet<string>): Promise<ServiceRights[]> {
  const catalog = await loadActions();
  const statements = policies.flatMap((policy) => policy.statements);
  const allows = statements.filter(({ effect }) => effect === 'Allow');
  const denies = statements.filter(isFlat);
  const found: ServiceRights[] = [];
  let turnMs = performance.now();
  for (const { prefix, name } of catalog.services) {
    if (wanted && !wanted.has(prefix)) continue;
    const actions = namesOf(catalog, prefix).filter(
      (action) => allows.some((one) => speaksOf(one, action)) && !denies.some((one) => speaksOf(one, action)),
    );
    if (actions.length > 0) found.push({ prefix, name, actions: actions.map((action) => action.split(':')[1]!) });
    if (performance.now() - turnMs < TURN_MS_MAX) continue;
    await nextTurn();
    turnMs = performance.now();
  }
  return found.sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

/** Whether a policy by itself lets anyone ask for the service. */
export const grants = async (policy: Policy, prefix: string): Promise<boolean> =>
  (await rightsOf([policy], new Set([prefix]))).length > 0;
