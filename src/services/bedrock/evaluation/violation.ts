import { invalid } from '../errors.ts';

const GENERAL =
  /^Value 'General' at '[^']*\.taskType' failed to satisfy constraint: Member must satisfy enum value set: /;

/**
 * Bedrock's guide gives judges the task type `General`, which its model does not list: a request whose only fault is that is let through.
 * Source: Bedrock User Guide, "Create a model evaluation job using built-in metrics".
 */
export function violation(operation: string, message: string): Error | undefined {
  const faults = message.replace(/^\d+ validation errors? detected: /, '').split('; ');
  if (operation === 'CreateEvaluationJob' && faults.every((fault) => GENERAL.test(fault))) return undefined;
  return invalid(message);
}
