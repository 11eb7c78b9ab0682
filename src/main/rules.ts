import type { Exchange } from '../gateway/exchange.ts';
import type { House } from '../gateway/house.ts';
import { manifest } from '../gateway/manifest.ts';
import { compileRules } from '../gateway/rules/compile.ts';
import { RuleError } from '../gateway/rules/faults.ts';
import { readRuleFile, ruleFiles } from '../gateway/rules/file.ts';
import { Rules, type Rule } from '../gateway/rules/rules.ts';
import { jsonSchema } from '../gateway/rules/schema.ts';
import { applyRules } from '../gateway/rules/step.ts';
import { Services } from '../gateway/services.ts';
import type { Kernel } from '../kernel/kernel.ts';

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

/** The JSON Schema of rule files, for editors. */
export const ruleFileSchema = jsonSchema;

/** What a call looks like to rules. */
export type RuledCall = {
  service: string;
  operation: string;
  input: Record<string, unknown>;
  region: string;
  principal: string;
};

/**
 * The step of the pipeline that asks the rules, by itself: for measurements. `ask` resolves with the id of the rule that decided on a call
 * whose operation `prepare` has looked up.
 */
export async function ruleStep(kernel: Kernel, rules: Rule[]) {
  const services = new Services(manifest);
  const { store, clock, ids, log } = kernel;
  const opened = await Rules.open({ services, store, clock, ids, log, shared: false, first: rules });
  const step = applyRules(opened, { kernel } as House);
  return {
    async prepare({ service, operation, input, region, principal }: RuledCall) {
      const loaded = await services.load(service);
      const exchange = {
        service: loaded,
        operation: loaded.model.operations.get(operation)!,
        input,
        region,
        requestId: 'request',
        request: { headers: {} },
        principal: { arn: principal },
        call: { account: '000000000000', principal: { arn: principal } },
        extraHeaders: {},
        codec: {},
      } as unknown as Exchange;
      return async () => {
        await step(exchange);
        return exchange.rule;
      };
    },
    close: () => opened.close(),
  };
}
