import { ReasonError } from './error.ts';
import { parseExpression, parts, variablesOf, type Expression, type Scope, type Sort } from './expression.ts';
import { POLICY_NODES_MAX } from './limits.ts';
import type { PolicyDefinition, PolicyType, PolicyVariable } from './types.ts';

/** A policy made ready for reasoning. */
export type Policy = {
  readonly scope: Scope;
  readonly types: ReadonlyMap<string, PolicyType>;
  readonly variables: ReadonlyMap<string, PolicyVariable>;
  readonly rules: readonly Rule[];
};

export type Rule = { id: string; expression: Expression; variables: ReadonlySet<string>; words?: string };

/**
 * Names of the types that are built in. AWS's own exports have BOOL, INT and REAL; its reference says bool, int, real.
 * Source: API reference of `AutomatedReasoningPolicyDefinitionVariable`.
 */
const BUILT_IN: Readonly<Record<string, Sort>> = {
  BOOL: { kind: 'bool' },
  BOOLEAN: { kind: 'bool' },
  INT: { kind: 'int' },
  INTEGER: { kind: 'int' },
  REAL: { kind: 'real' },
  NUMBER: { kind: 'real' },
};

/** The sort of a type's name. */
export function sortOfType(type: string, types: ReadonlyMap<string, PolicyType>): Sort | undefined {
  if (types.has(type)) return { kind: 'enum', name: type };
  return Object.hasOwn(BUILT_IN, type.toUpperCase()) ? BUILT_IN[type.toUpperCase()] : undefined;
}

/** Reads a definition. Throws ReasonError: `invalid_policy`, `invalid_expression` (naming the rule), `too_complex`. */
export function readDefinition(definition: PolicyDefinition): Policy {
  const { types, variables, scope } = readNames(definition);
  const rules: Rule[] = [];
  const ids = new Set<string>();
  let nodes = 0;
  for (const { id, expression: text, alternateExpression } of definition.rules ?? []) {
    if (ids.has(id)) throw new ReasonError('invalid_policy', `Two rules have the id ${id}.`);
    ids.add(id);
    const expression = ruleExpression(id, text, scope);
    for (const _part of parts(expression)) nodes++;
    if (nodes > POLICY_NODES_MAX)
      throw new ReasonError('too_complex', `The rules have more than ${POLICY_NODES_MAX} parts together.`);
    rules.push({
      id,
      expression,
      variables: variablesOf(expression),
      ...(alternateExpression === undefined ? {} : { words: alternateExpression }),
    });
  }
  return { scope, types, variables, rules };
}

function ruleExpression(id: string, text: string, scope: Scope): Expression {
  try {
    return parseExpression(text, scope);
  } catch (error) {
    if (!(error instanceof ReasonError)) throw error;
    throw new ReasonError(error.code, `Rule ${id}: ${error.message}`, { cause: error });
  }
}

/** The names of a definition, without its rules. Throws ReasonError `invalid_policy`. */
export function readNames(definition: PolicyDefinition): Pick<Policy, 'types' | 'variables' | 'scope'> {
  const types = new Map<string, PolicyType>();
  const typesByValue = new Map<string, string[]>();
  for (const type of definition.types ?? []) {
    if (Object.hasOwn(BUILT_IN, type.name.toUpperCase()))
      throw new ReasonError('invalid_policy', `The type ${type.name} is built in; choose another name.`);
    if (types.has(type.name)) throw new ReasonError('invalid_policy', `Two types are named ${type.name}.`);
    if (type.values.length === 0) throw new ReasonError('invalid_policy', `The type ${type.name} has no values.`);
    types.set(type.name, type);
    const seen = new Set<string>();
    for (const { value } of type.values) {
      if (seen.has(value))
        throw new ReasonError('invalid_policy', `The type ${type.name} has the value ${value} twice.`);
      seen.add(value);
      typesByValue.set(value, [...(typesByValue.get(value) ?? []), type.name]);
    }
  }
  const variables = new Map<string, PolicyVariable>();
  const sorts = new Map<string, Sort>();
  for (const variable of definition.variables ?? []) {
    if (variables.has(variable.name))
      throw new ReasonError('invalid_policy', `Two variables are named ${variable.name}.`);
    const sort = sortOfType(variable.type, types);
    if (!sort)
      throw new ReasonError(
        'invalid_policy',
        `The variable ${variable.name} is of the type ${variable.type}, which is not there.`,
      );
    if (typesByValue.has(variable.name))
      throw new ReasonError(
        'invalid_policy',
        `${variable.name} is a variable and a value of ${typesByValue.get(variable.name)![0]}.`,
      );
    variables.set(variable.name, variable);
    sorts.set(variable.name, sort);
  }
  return {
    types,
    variables,
    scope: { sortOf: (name) => sorts.get(name), typesWith: (value) => typesByValue.get(value) ?? [] },
  };
}
