import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AwsError } from '../kernel/errors.ts';
import type { Step } from './exchange.ts';
import type { House } from './house.ts';

/**
 * Ways of answering other than computing, by rule. Built so far: faults and declared outputs by service, operation and count. The first
 * rule that matches and is not used up decides.
 */
const ruleSchema = z.strictObject({
  service: z.string().optional(),
  operation: z.string().optional(),
  /** How often it answers; absent: always. */
  times: z.int().positive().optional(),
  /** 0 to 1, drawn from the stack's seed. */
  probability: z.number().min(0).max(1).optional(),
  delayMs: z.int().min(0).max(600_000).optional(),
  fault: z
    .strictObject({
      error: z.string(),
      message: z.string().default('Injected by a rule'),
      status: z.int().min(400).max(599).default(400),
    })
    .optional(),
  answer: z.record(z.string(), z.unknown()).optional(),
});
type Rule = z.input<typeof ruleSchema>;

export class Rules {
  #rules: { rule: z.output<typeof ruleSchema>; used: number }[] = [];

  /** Replaces all rules. Throws ZodError. */
  set(rules: Rule[]): void {
    this.#rules = z
      .array(ruleSchema)
      .max(1_000)
      .parse(rules)
      .map((rule) => ({ rule, used: 0 }));
  }

  list(): (Rule & { used: number })[] {
    return this.#rules.map(({ rule, used }) => ({ ...rule, used }));
  }

  match(service: string, operation: string, random: () => number) {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (rule.service !== undefined && rule.service !== service) continue;
      if (rule.operation !== undefined && rule.operation !== operation) continue;
      if (rule.times !== undefined && entry.used >= rule.times) continue;
      if (rule.probability !== undefined && random() >= rule.probability) continue;
      entry.used++;
      return rule;
    }
    return undefined;
  }
}

export function applyRules(rules: Rules, { kernel }: House): Step {
  return async (exchange) => {
    if (exchange.web) return;
    const rule = rules.match(exchange.service!.model.sdk, exchange.operation!.name, () => kernel.ids.random());
    if (!rule) return;
    if (rule.delayMs) await sleep(rule.delayMs, undefined, { signal: exchange.signal });
    if (rule.fault) throw new AwsError(rule.fault.error, rule.fault.message, rule.fault.status);
    if (!rule.answer) return;
    exchange.output = rule.answer;
    exchange.answered = { kind: 'declared', engine: 'rules', version: '1' };
  };
}
