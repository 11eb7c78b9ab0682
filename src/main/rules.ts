import { manifest } from '../gateway/manifest.ts';
import { compileRules } from '../gateway/rules/compile.ts';
import { RuleError } from '../gateway/rules/faults.ts';
import { readRuleFile, ruleFiles } from '../gateway/rules/file.ts';
import { Services } from '../gateway/services.ts';

/**
 * Checks a rule file, or a folder of them, without a stack: the form, and what the rules say of services, operations, errors and outputs.
 * Resolves with the number of rules. Rejects with an error whose message has a line `file:line:column: …` for each fault.
 */
export async function checkRuleFiles(path: string): Promise<number> {
  const services = new Services(manifest);
  const faults: RuleError['faults'] = [];
  let count = 0;
  for (const file of ruleFiles(path)) {
    try {
      count += (await compileRules(readRuleFile(file), services)).length;
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new RuleError(faults);
  return count;
}
