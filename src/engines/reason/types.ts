import type { Expression } from './expression.ts';

/** A custom type: a closed list of values. */
export type PolicyType = {
  name: string;
  description?: string;
  values: { value: string; description?: string }[];
};

/** A thing that a policy speaks of. `type` is BOOL, INT, REAL (in any case; also BOOLEAN, INTEGER, NUMBER), or the name of a custom type. */
export type PolicyVariable = { name: string; type: string; description: string };

/** What always holds. `expression` is in the language of `expression.ts`; `alternateExpression` says it in words. */
export type PolicyRule = { id: string; expression: string; alternateExpression?: string };

/** A policy: names, and what holds between them. */
export type PolicyDefinition = {
  version?: string;
  types?: PolicyType[];
  rules?: PolicyRule[];
  variables?: PolicyVariable[];
};

/** A statement in logic and in words. */
export type Statement = { logic: string; naturalLanguage: string };

/** How a text was put into logic. */
export type Translation = {
  premises: Statement[];
  claims: Statement[];
  /** Parts of the question that no variable stands for. */
  untranslatedPremises: string[];
  /** Parts of the answer that no variable stands for. */
  untranslatedClaims: string[];
  /** In [0, 1]: 1 when every part names its variable beyond doubt. */
  confidence: number;
};

/** The translation is true, or false, whatever the policy says. */
export type LogicWarning = { type: 'ALWAYS_TRUE' | 'ALWAYS_FALSE'; premises: Statement[]; claims: Statement[] };

/** A state of affairs that obeys the policy. */
export type Scenario = { statements: Statement[] };

/** What a check found; rules are named by their ids. */
export type Finding =
  | {
      kind: 'valid';
      translation: Translation;
      supportingRules: string[];
      claimsTrueScenario: Scenario;
      logicWarning?: LogicWarning;
    }
  | { kind: 'invalid'; translation: Translation; contradictingRules: string[]; logicWarning?: LogicWarning }
  | {
      kind: 'satisfiable';
      translation: Translation;
      claimsTrueScenario: Scenario;
      claimsFalseScenario: Scenario;
      logicWarning?: LogicWarning;
    }
  | { kind: 'impossible'; translation: Translation; contradictingRules: string[]; logicWarning?: LogicWarning }
  | { kind: 'translationAmbiguous'; options: { translations: Translation[] }[]; differenceScenarios: Scenario[] }
  | { kind: 'tooComplex' }
  | { kind: 'noTranslations' };

/** Premises and claims before they are judged: expressions that fit a policy. */
export type Reading = {
  premises: Expression[];
  claims: Expression[];
  untranslatedPremises: string[];
  untranslatedClaims: string[];
  confidence: number;
};
