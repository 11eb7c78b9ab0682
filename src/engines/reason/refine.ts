import { buildPolicy, ruleId } from './build.ts';
import { readDefinition, readNames } from './definition.ts';
import { ReasonError } from './error.ts';
import { parseExpression, parts, print } from './expression.ts';
import type { PolicyDefinition, PolicyRule, PolicyType, PolicyVariable } from './types.ts';
import { inWords } from './words.ts';

/** One change of a policy. */
export type Change =
  | { kind: 'addType'; type: PolicyType }
  | {
      kind: 'updateType';
      name: string;
      newName?: string;
      description?: string;
      values: (
        | { kind: 'add'; value: string; description?: string }
        | { kind: 'update'; value: string; newValue?: string; description?: string }
        | { kind: 'delete'; value: string }
      )[];
    }
  | { kind: 'deleteType'; name: string }
  | { kind: 'addVariable'; variable: PolicyVariable }
  | { kind: 'updateVariable'; name: string; newName?: string; description?: string }
  | { kind: 'deleteVariable'; name: string }
  | { kind: 'addRule'; expression: string }
  | { kind: 'updateRule'; id: string; expression: string }
  | { kind: 'deleteRule'; id: string }
  /** In words; the rules named are replaced by what is read. */
  | { kind: 'read'; text: string; replaces?: string[] };

/** What a change did to the parts of a policy. */
export type Mutation =
  | { kind: 'addType' | 'updateType'; type: PolicyType }
  | { kind: 'addVariable' | 'updateVariable'; variable: PolicyVariable }
  | { kind: 'addRule' | 'updateRule'; rule: PolicyRule }
  | { kind: 'deleteType' | 'deleteVariable'; name: string }
  | { kind: 'deleteRule'; id: string };

/** The policy after a change. Throws ReasonError where the change does not fit: the policy is as it was then. */
export function applyChange(
  definition: PolicyDefinition,
  change: Change,
): { definition: PolicyDefinition; mutations: Mutation[] } {
  const result = apply(definition, change);
  readDefinition(result.definition);
  return result;
}

function apply(definition: PolicyDefinition, change: Change): { definition: PolicyDefinition; mutations: Mutation[] } {
  const { types = [], variables = [], rules = [] } = definition;
  const using = (name: string) => readDefinition(definition).rules.filter((rule) => rule.variables.has(name));
  switch (change.kind) {
    case 'addType':
      return { definition: { ...definition, types: [...types, change.type] }, mutations: [change] };
    case 'updateType':
      return updateType(definition, change);
    case 'deleteType': {
      found(types, change.name, 'type');
      const user = variables.find(({ type }) => type === change.name);
      if (user) throw refused(`The type ${change.name} is in use by the variable ${user.name}.`);
      return {
        definition: { ...definition, types: types.filter(({ name }) => name !== change.name) },
        mutations: [change],
      };
    }
    case 'addVariable':
      return { definition: { ...definition, variables: [...variables, change.variable] }, mutations: [change] };
    case 'updateVariable': {
      const old = found(variables, change.name, 'variable');
      const variable = { ...old, name: change.newName ?? old.name, description: change.description ?? old.description };
      const renamed = renameIn(definition, (name) => (name === old.name ? variable.name : name));
      return {
        definition: {
          ...definition,
          variables: variables.map((each) => (each === old ? variable : each)),
          rules: renamed.rules,
        },
        mutations: [{ kind: 'updateVariable', variable }, ...renamed.mutations],
      };
    }
    case 'deleteVariable': {
      found(variables, change.name, 'variable');
      const [user] = using(change.name);
      if (user) throw refused(`The variable ${change.name} is in use by the rule ${user.id}.`);
      return {
        definition: { ...definition, variables: variables.filter(({ name }) => name !== change.name) },
        mutations: [change],
      };
    }
    case 'addRule': {
      const expression = parseExpression(change.expression, readNames(definition).scope);
      const id = ruleId(print(expression), new Set(rules.map((rule) => rule.id)));
      const rule = { id, expression: change.expression, alternateExpression: inWords(expression) };
      return { definition: { ...definition, rules: [...rules, rule] }, mutations: [{ kind: 'addRule', rule }] };
    }
    case 'updateRule': {
      const old = rules.find(({ id }) => id === change.id);
      if (!old) throw refused(`There is no rule ${change.id}.`);
      const words = inWords(parseExpression(change.expression, readNames(definition).scope));
      const rule = { id: old.id, expression: change.expression, alternateExpression: words };
      return {
        definition: { ...definition, rules: rules.map((each) => (each === old ? rule : each)) },
        mutations: [{ kind: 'updateRule', rule }],
      };
    }
    case 'deleteRule':
      if (!rules.some(({ id }) => id === change.id)) throw refused(`There is no rule ${change.id}.`);
      return { definition: { ...definition, rules: rules.filter(({ id }) => id !== change.id) }, mutations: [change] };
    default:
      return read(definition, change);
  }
}

function read(definition: PolicyDefinition, { text, replaces = [] }: Extract<Change, { kind: 'read' }>) {
  const missing = replaces.find((id) => !(definition.rules ?? []).some((rule) => rule.id === id));
  if (missing !== undefined) throw refused(`There is no rule ${missing}.`);
  const built = buildPolicy(text, { base: definition });
  const unread = built.statements.find((statement) => statement.unread !== undefined);
  if (unread) throw refused(`"${unread.text}" cannot be read: ${unread.unread}.`);
  const before = {
    types: new Set((definition.types ?? []).map(({ name }) => name)),
    variables: new Set((definition.variables ?? []).map(({ name }) => name)),
    rules: new Set((definition.rules ?? []).map(({ id }) => id)),
  };
  const said = new Set(built.statements.flatMap(({ rules }) => rules));
  if (said.size === 0) throw refused('It states no rule.');
  const gone = new Set(replaces.filter((id) => !said.has(id)));
  const mutations: Mutation[] = [
    ...built.definition
      .types!.filter(({ name }) => !before.types.has(name))
      .map((type) => ({ kind: 'addType' as const, type })),
    ...built.definition
      .variables!.filter(({ name }) => !before.variables.has(name))
      .map((variable) => ({ kind: 'addVariable' as const, variable })),
    ...built.definition
      .rules!.filter(({ id }) => !before.rules.has(id))
      .map((rule) => ({ kind: 'addRule' as const, rule })),
    ...[...gone].map((id) => ({ kind: 'deleteRule' as const, id })),
  ];
  return {
    definition: { ...built.definition, rules: built.definition.rules!.filter(({ id }) => !gone.has(id)) },
    mutations,
  };
}

function updateType(definition: PolicyDefinition, change: Extract<Change, { kind: 'updateType' }>) {
  const { types = [], variables = [] } = definition;
  const old = found(types, change.name, 'type');
  let { values } = old;
  const renames = new Map<string, string>();
  const policy = readDefinition(definition);
  for (const each of change.values) {
    const index = values.findIndex(({ value }) => value === each.value);
    if (each.kind === 'add') {
      values = [
        ...values,
        { value: each.value, ...(each.description === undefined ? {} : { description: each.description }) },
      ];
      continue;
    }
    if (index < 0) throw refused(`The type ${change.name} has no value ${each.value}.`);
    if (each.kind === 'delete') {
      const user = policy.rules.find(({ expression }) =>
        [...parts(expression)].some(
          (part) => part.kind === 'value' && part.type === old.name && part.value === each.value,
        ),
      );
      if (user) throw refused(`The value ${each.value} is in use by the rule ${user.id}.`);
      values = values.toSpliced(index, 1);
    } else {
      const description = each.description ?? values[index]!.description;
      values = values.with(index, {
        value: each.newValue ?? each.value,
        ...(description === undefined ? {} : { description }),
      });
      if (each.newValue !== undefined) renames.set(each.value, each.newValue);
    }
  }
  const description = change.description ?? old.description;
  const type = { name: change.newName ?? old.name, ...(description === undefined ? {} : { description }), values };
  const renamed = renameIn(
    definition,
    (name) => name,
    (owner, value) => (owner === old.name ? (renames.get(value) ?? value) : value),
  );
  const changed = variables.map((variable) =>
    variable.type === old.name ? { ...variable, type: type.name } : variable,
  );
  return {
    definition: {
      ...definition,
      types: types.map((each) => (each === old ? type : each)),
      variables: changed,
      rules: renamed.rules,
    },
    mutations: [
      { kind: 'updateType' as const, type },
      ...changed
        .filter((variable) => !variables.includes(variable))
        .map((variable) => ({ kind: 'updateVariable' as const, variable })),
      ...renamed.mutations,
    ],
  };
}

/** The rules with other names in them. */
function renameIn(
  definition: PolicyDefinition,
  nameOf: (name: string) => string,
  valueOf: (type: string, value: string) => string = (_type, value) => value,
): { rules: PolicyRule[]; mutations: Mutation[] } {
  const policy = readDefinition(definition);
  const mutations: Mutation[] = [];
  const rules = (definition.rules ?? []).map((rule, at) => {
    const { expression } = policy.rules[at]!;
    const quote = (text: string) => (/[\s()|;]/.test(text) ? `|${text}|` : text);
    const said = (part: Parameters<NonNullable<Parameters<typeof print>[1]>>[0]) =>
      quote(part.kind === 'name' ? nameOf(part.name) : valueOf(part.type, part.value));
    const text = print(expression, said);
    if (text === print(expression)) return rule;
    const changed = { ...rule, expression: text };
    mutations.push({ kind: 'updateRule', rule: changed });
    return changed;
  });
  return { rules, mutations };
}

function found<T extends { name: string }>(list: readonly T[], name: string, what: string): T {
  const one = list.find((each) => each.name === name);
  if (!one) throw refused(`There is no ${what} ${name}.`);
  return one;
}

const refused = (message: string) => new ReasonError('invalid_policy', message);
