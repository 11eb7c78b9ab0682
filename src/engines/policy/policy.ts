/** IAM policies: read, matched and decided by, with the reasoning. Pure: what bears on a request is handed in. */
export { loadActions, type Actions } from './actions.ts';
export { decide } from './decide.ts';
export { PolicyError } from './error.ts';
export { denialMessage, explain, type Explanation } from './explain.ts';
export { parsePolicy, readPolicy } from './parse.ts';
export { gradeOf } from './principal.ts';
export { namedPolicy, readSources } from './sources.ts';
export type {
  Context,
  ContextValue,
  Decision,
  NamedPolicy,
  Policy,
  PolicyKind,
  PolicyPrincipal,
  PolicyRequest,
  Sources,
  Statement,
  StatementRef,
} from './types.ts';
