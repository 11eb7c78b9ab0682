import { setTimeout as sleep } from 'node:timers/promises';
import type { Script, ScriptTurn } from '../../kernel/call.ts';
import type { Exchange, Step } from '../exchange.ts';
import { requireWithin } from '../authorise.ts';
import type { House } from '../house.ts';
import { failItems } from './batches.ts';
import type { CompiledRule, CompiledScript, Effect } from './compile.ts';
import { settle, take } from './limits.ts';
import { modelsOf, type TokenGate } from './models.ts';
import { byStatus, outOfTokens, refusal, ruleFailed, throttled } from './refusals.ts';
import type { Decision, Rules } from './rules.ts';
import { endsCall, millisecondsOf, WAIT_MS_MAX, type FaultObject } from './schema.ts';
import { breakToolJson, breakWholeToolJson, cutOf, cutStream, slowStream } from './streams.ts';
import { Subject } from './subject.ts';
import type { TemplateFacts } from './template.ts';
import { cutWhere, truncated, wrongChecksum } from './wire.ts';

/** Ends an exchange with its connection: nothing is answered. */
export class ConnectionReset extends Error {
  override readonly name = 'ConnectionReset';
  constructor() {
    super('the connection was reset by a rule');
  }
}

/**
 * Answers by rule, or lets the call go on: computed, but perhaps later, or with a fault in what comes of it. Whoever calls has been
 * authenticated, and may do what they ask: no rule lets anyone in.
 */
export function applyRules(rules: Rules, house: House): Step {
  return async (exchange) => {
    if (rules.isEmpty || exchange.web || !exchange.operation) return;
    const subject = new Subject(exchange);
    const tokenLimits: CompiledRule[] = [];
    const decision = await rules.decide(subject, tokenLimits);
    const gates = tokenLimits.map((rule) => tokenGate(rules, rule, subject, house));
    let script: Script | undefined;
    if (decision) {
      exchange.rule = decision.rule.id;
      if (decision.limited) refuse(exchange, throttled(exchange.service!));
      const { record, replay } = decision.rule.rule;
      if (record !== undefined || replay !== undefined) await rules.cassettes.answer(decision.rule, subject, house);
      else script = await act(rules, decision, subject, house);
    }
    if (script || gates.length > 0)
      modelsOf(exchange, { ...(script ? { script } : {}), gates }, house.engines, house.scripted);
  };
}

/** Does what a rule says; gives the script that is to answer in the model's place. */
async function act(rules: Rules, decision: Decision, subject: Subject, house: House): Promise<Script | undefined> {
  const { exchange } = subject;
  const { id, key } = decision.rule;
  const effect = effectOf(decision);
  if (effect.answer) await requireWithin(house, exchange);
  if (effect.delay) {
    const [least, most] = effect.delay;
    const waitMs = least + (most > least ? (most - least) * rules.chance(`${key}/delay`) : 0);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: exchange.signal });
  }
  const { fault, answer, script } = effect;
  if (fault && endsCall(fault)) return fail(exchange, fault);
  const facts = answer || script ? await factsOf(rules, decision, effect, subject, house) : undefined;
  if (fault) change(exchange, id, fault);
  if (answer) {
    try {
      exchange.output = answer.get(exchange.operation!.name)!.render(facts!);
    } catch (error) {
      throw ruleFailed(id, `its answer is none of ${exchange.operation!.name}: ${(error as Error).message}`);
    }
    exchange.answered = { kind: 'declared' };
  }
  return script && { rule: id, perTurn: script.perTurn, turns: turnsOf(script, facts!) };
}

function effectOf({ rule, used }: Decision): Effect {
  const { sequence } = rule;
  if (!sequence) return rule.effect;
  const place = used - 1;
  if (place < sequence.length) return sequence[place]!;
  const end = rule.rule.sequenceEnd ?? 'last';
  if (end === 'last') return sequence.at(-1)!;
  if (end === 'loop') return sequence[place % sequence.length]!;
  if (end === 'error') throw ruleFailed(rule.id, `its sequence of ${sequence.length} is over; this is call ${used}`);
  return { seqs: new Set() };
}

async function factsOf(
  rules: Rules,
  { rule, groups, nth }: Decision,
  { seqs }: Effect,
  subject: Subject,
  { kernel }: House,
): Promise<TemplateFacts> {
  const { exchange } = subject;
  const all = new Set(seqs);
  const call = exchange.call!;
  return {
    input: () => subject.input,
    match: groups,
    nth: rule.counts ? nth : 1,
    now: () => kernel.clock.date(),
    uuid: () => kernel.ids.uuid(),
    prompt: () => subject.prompt,
    toolResults: () => subject.toolResults,
    seq: all.size === 0 ? {} : await rules.draw(all),
    call: {
      service: subject.service,
      operation: subject.operation,
      model: subject.model,
      principal: call.principal.arn,
      account: call.account,
      region: call.region,
      requestId: call.requestId,
    },
  };
}

function turnsOf({ turns, tokensPerSecond }: CompiledScript, facts: TemplateFacts): ScriptTurn[] {
  return turns.map(({ said, expect }) => {
    const { text, reasoning, ...turn } = said.render(facts) as ScriptTurn;
    return {
      ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
      ...turn,
      ...(text === undefined ? {} : { text: asText(text) }),
      ...(reasoning === undefined ? {} : { reasoning: asText(reasoning) }),
      ...(expect ? { expect } : {}),
    };
  });
}

/** A text that is one template keeps the type of its value, and a model says texts. */
const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function refuse(exchange: Exchange, error: Error): never {
  exchange.faulted = true;
  exchange.answered = { kind: 'faulted' };
  throw error;
}

/** A fault that ends the call. */
async function fail(exchange: Exchange, fault: FaultObject): Promise<never> {
  const service = exchange.service!;
  exchange.faulted = true;
  if (fault.retryAfter !== undefined)
    exchange.extraHeaders['retry-after'] = String(Math.ceil(millisecondsOf(fault.retryAfter)! / 1000));
  if (fault.reset) throw new ConnectionReset();
  if (fault.timeout !== undefined) {
    const boundMs = fault.timeout === true ? WAIT_MS_MAX : millisecondsOf(fault.timeout)!;
    // The client gives up, or the bound is reached; either way there is no answer.
    await sleep(boundMs, undefined, { signal: exchange.signal }).catch(() => {});
    throw new ConnectionReset();
  }
  if (fault.throttle) {
    const error = throttled(service);
    if (fault.message !== undefined) error.message = fault.message;
    return refuse(exchange, error);
  }
  if (fault.error !== undefined)
    return refuse(
      exchange,
      refusal(service, fault.error, fault.message ?? 'Injected by a rule', fault.status, fault.members),
    );
  return refuse(exchange, byStatus(service, fault.status!, fault.message)!);
}

/** A fault in what is answered. */
function change(exchange: Exchange, rule: string, fault: FaultObject): void {
  const { operation, service } = exchange;
  exchange.faulted = true;
  const onOutput = (exchange.onOutput ??= []);
  const onResponse = (exchange.onResponse ??= []);
  const events = operation!.outputEvents;
  if (fault.failItems !== undefined) {
    const call = { service: service!.model.sdk, operation: operation!.name, input: exchange.input! };
    const { input, finish } = failItems(rule, call, fault.failItems);
    if (input) exchange.input = input;
    else exchange.output = {};
    onOutput.push(finish);
  }
  if (events !== undefined) {
    let isCut = false;
    onOutput.push((output) => {
      let stream = output[events] as AsyncIterable<Record<string, unknown>>;
      if (fault.malformedToolJson) stream = breakToolJson(stream);
      if (fault.cut !== undefined) {
        const { error, message } = fault.cut === true ? {} : fault.cut;
        stream = cutStream(stream, {
          ...cutOf(fault.cut),
          ...(error === undefined
            ? {}
            : {
                error: () =>
                  refusal(
                    service!,
                    error,
                    message ?? (error === 'ThrottlingException' ? throttled(service!).message : 'Injected by a rule'),
                  ),
              }),
          stopped: () => (isCut = true),
        });
      }
      if (fault.slow !== undefined) stream = slowStream(stream, millisecondsOf(fault.slow)!, exchange.signal);
      return { ...output, [events]: stream };
    });
    if (fault.cut !== undefined) onResponse.push((response) => cutWhere(response, () => isCut));
  } else if (fault.malformedToolJson) {
    onOutput.push((output) => {
      const broken = breakWholeToolJson(output);
      if (!broken)
        throw ruleFailed(rule, 'the answer uses no tool whose input could be malformed in it; its stream does');
      return broken;
    });
  }
  if (fault.wrongChecksum)
    onResponse.push((response) => (response.status < 300 ? wrongChecksum(response, rule) : response));
  if (fault.truncate !== undefined) {
    const bytes = fault.truncate;
    onResponse.push((response) => truncated(response, bytes));
  }
}

/** Takes the tokens that a call may use before its model is asked, and gives back what it did not. */
function tokenGate(rules: Rules, rule: CompiledRule, subject: Subject, { kernel: { clock } }: House): TokenGate {
  const burndown = rule.rule.limit!.burndown ?? 1;
  const { key, plan } = rules.limitOf(rule, subject).find(({ unit }) => unit === 'tokens')!;
  return async (_modelId, inputTokens, maxTokens) => {
    const reserved = inputTokens + maxTokens;
    if (!(await take(rules.memory, key, plan, reserved, clock.now()))) {
      subject.exchange.rule = rule.id;
      rules.note(rule, subject);
      return refuse(subject.exchange, outOfTokens(subject.exchange.service!));
    }
    return async (usage) => {
      // Nothing that was answered is nothing used.
      const used = usage ? usage.inputTokens + (usage.cacheWriteTokens ?? 0) + usage.outputTokens * burndown : 0;
      await settle(rules.memory, key, plan, reserved - used, clock.now());
    };
  };
}

/** What rules change of an operation's output, before it is encoded. */
export const changeOutput: Step = async (exchange) => {
  for (const change of exchange.output ? (exchange.onOutput ?? []) : [])
    exchange.output = await change(exchange.output!);
};
