import { createHash } from 'node:crypto';
import type { ScriptTurn } from '../../kernel/call.ts';
import { members, type OperationModel } from '../../protocol/catalog.ts';
import type { Service, Services } from '../services.ts';
import { compileCondition, compileTextCondition, type Groups } from './conditions.ts';
import { RuleError, type RuleFault } from './faults.ts';
import type { Sourced } from './file.ts';
import { nearest } from './nearest.ts';
import { compileOutput, OutputError, type DeclaredOutput } from './output.ts';
import { compilePath, compileWildcards } from './paths.ts';
import { isBatch } from './batches.ts';
import { errorNames, statusOf } from './refusals.ts';
import {
  faultOf,
  millisecondsOf,
  MODEL_OPERATIONS,
  STREAM_FAULTS,
  type CheckedRule,
  type FaultObject,
  type Speech,
  type Step,
} from './schema.ts';
import type { Subject } from './subject.ts';
import { compileTemplate, type Template } from './template.ts';

/** One way of answering: what a rule, or a step of its sequence, does. */
export type Effect = {
  /** Least and most ms. */
  delay?: [number, number];
  answer?: ReadonlyMap<string, DeclaredOutput>;
  script?: CompiledScript;
  fault?: FaultObject;
  /** Counters that its templates draw from. */
  seqs: ReadonlySet<string>;
};

/** Turns of a model with templates in them. */
export type CompiledScript = {
  turns: (Pick<ScriptTurn, 'expect'> & { said: Template })[];
  /** One answer for every turn, or one for each. */
  perTurn: boolean;
  tokensPerSecond?: number;
};

export type CompiledRule = {
  id: string;
  sourced: Sourced;
  rule: CheckedRule;
  /** Changes with the rule's text: what was counted for another rule of this id does not count for it. */
  key: string;
  /** The groups of its expressions, where the call is one that the rule is for. */
  matches(subject: Subject): Groups | undefined;
  /** Whether it has to count the calls, or ask in which state a scenario is. */
  counts: boolean;
  effect: Effect;
  sequence?: Effect[];
};

/** Services whose models a `say` or `script` speaks for. */
const MODEL_SERVICE = 'bedrock-runtime';

/** Compiles checked rules against the services' own models. Throws RuleError with every fault that it finds. */
export async function compileRules(all: readonly Sourced[], services: Services): Promise<CompiledRule[]> {
  const faults: RuleFault[] = [];
  const compiled: CompiledRule[] = [];
  const ids = new Map<string, Sourced>();
  for (const [index, sourced] of all.entries()) {
    const id = sourced.rule.id ?? `rule-${index + 1}`;
    const first = ids.get(id);
    if (first)
      faults.push({ ...sourced.at(['id']), rule: id, message: `there is a rule ${id} already (${first.source})` });
    ids.set(id, sourced);
    try {
      compiled.push(await new RuleCompiler(sourced, id, services).compile());
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push({ ...sourced.at(error.path), rule: id, message: error.message });
    }
  }
  if (faults.length > 0) throw new RuleError(faults);
  // The higher priority is asked first, then in the order in which they stand.
  return compiled.toSorted((a, b) => (b.rule.priority ?? 0) - (a.rule.priority ?? 0));
}

class Fault extends Error {
  readonly path: PropertyKey[];
  constructor(path: PropertyKey[], message: string) {
    super(message);
    this.path = path;
  }
}

/** Runs what may throw SyntaxError or OutputError; the fault then stands at `path`. */
function at<T>(path: PropertyKey[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof OutputError) throw new Fault([...path, ...error.path], error.message);
    if (error instanceof SyntaxError) throw new Fault(path, error.message);
    throw error;
  }
}

type Target = { service: Service; operations: OperationModel[] };

class RuleCompiler {
  readonly #sourced: Sourced;
  readonly #rule: CheckedRule;
  readonly #id: string;
  readonly #services: Services;
  /** The service, where the rule names one, and those of its operations that the rule may be for. */
  #target: Target | undefined;

  constructor(sourced: Sourced, id: string, services: Services) {
    this.#sourced = sourced;
    this.#rule = sourced.rule;
    this.#id = id;
    this.#services = services;
  }

  async compile(): Promise<CompiledRule> {
    const rule = this.#rule;
    this.#target = await this.#findTarget();
    const tests = this.#tests();
    const effect = this.#effect(rule, []);
    const sequence = rule.sequence?.map((step, index) => this.#effect(step, ['sequence', index]));
    const fits = this.#fits([effect, ...(sequence ?? [])]);
    const isEnabled = rule.enabled !== false;
    const text = JSON.stringify(rule);
    return {
      id: this.#id,
      sourced: this.#sourced,
      rule,
      key: `${this.#id}.${createHash('sha256').update(text).digest('hex').slice(0, 12)}`,
      counts:
        [rule.nth, rule.every, rule.after, rule.times, rule.probability, rule.when, rule.then, rule.sequence].some(
          (each) => each !== undefined,
        ) || text.includes('{{'),
      matches(subject) {
        if (!isEnabled || !fits(subject)) return undefined;
        let groups: Groups | undefined;
        for (const test of tests) {
          const found = test(subject);
          if (!found) return undefined;
          if (groups === undefined || (groups['0'] === undefined && found['0'] !== undefined)) groups = found;
        }
        return groups ?? {};
      },
      effect,
      ...(sequence ? { sequence } : {}),
    };
  }

  async #findTarget(): Promise<Target | undefined> {
    const { service, operation } = this.#rule;
    const names = [service].flat().filter((name) => name !== undefined);
    const known = this.#services.entries.map(({ sdk }) => sdk);
    for (const name of names) {
      if (known.some(compileWildcards(name))) continue;
      const meant = nearest(name, known);
      throw new Fault(['service'], `there is no service ${name}${meant ? `; did you mean ${meant}?` : ''}`);
    }
    const isModelRule = this.#rule.say !== undefined || this.#rule.script !== undefined;
    const only = names.length === 1 && known.includes(names[0]!) ? names[0]! : isModelRule ? MODEL_SERVICE : undefined;
    if (only === undefined) return undefined;
    const loaded = await this.#services.load(only);
    const all = [...loaded.model.operations.values()];
    if (operation === undefined) return { service: loaded, operations: all };
    for (const pattern of [operation].flat()) {
      const wanted = compileWildcards(pattern);
      if (all.some(({ name }) => wanted(name))) continue;
      const meant = nearest(pattern, loaded.model.operations.keys());
      throw new Fault(
        ['operation'],
        `${loaded.model.serviceId} has no operation ${pattern}${meant ? `; did you mean ${meant}?` : ''}`,
      );
    }
    const wanted = compileWildcards(operation);
    return { service: loaded, operations: all.filter(({ name }) => wanted(name)) };
  }

  /** The rule's conditions, those that cost least first. */
  #tests(): ((subject: Subject) => Groups | undefined)[] {
    const rule = this.#rule;
    const tests: ((subject: Subject) => Groups | undefined)[] = [];
    const none: Groups = {};
    const wildcards = (
      name: 'service' | 'operation' | 'model' | 'account' | 'region' | 'principal',
      of: (subject: Subject) => string | undefined,
    ) => {
      const written = rule[name];
      if (written === undefined) return;
      const wanted = at([name], () => compileWildcards(written));
      tests.push((subject) => {
        const value = of(subject);
        return value !== undefined && wanted(value) ? none : undefined;
      });
    };
    wildcards('service', ({ service }) => service);
    wildcards('operation', ({ operation }) => operation);
    wildcards('region', ({ exchange }) => exchange.region);
    wildcards('account', ({ exchange }) => exchange.call!.account);
    wildcards('principal', ({ exchange }) => exchange.principal!.arn);
    wildcards('model', ({ model }) => model);
    for (const [name, written] of Object.entries(rule.header ?? {})) {
      const test = at(['header', name], () => compileCondition(written));
      const lower = name.toLowerCase();
      tests.push(({ exchange }) => {
        const value = exchange.request.headers[lower];
        return test(value === undefined ? [] : [value]);
      });
    }
    if (rule.prompt !== undefined) {
      const test = at(['prompt'], () => compileTextCondition(rule.prompt));
      tests.push(({ prompt }) => test(prompt));
    }
    for (const [path, written] of Object.entries(rule.input ?? {})) {
      const find = at(['input', path], () => compilePath(path));
      const test = at(['input', path], () => compileCondition(written));
      tests.push(({ input }) => test(find(input)));
    }
    if (rule.body !== undefined) {
      const test = at(['body'], () => compileTextCondition(rule.body));
      tests.push(({ body }) => test(body));
    }
    return tests;
  }

  #effect(written: CheckedRule | Step, path: PropertyKey[]): Effect {
    const seqs = new Set<string>();
    const effect: Effect = { seqs };
    if (written.delay !== undefined) {
      const [least, most = least] = [written.delay].flat().map((value) => millisecondsOf(value)!);
      effect.delay = [least!, most!];
    }
    if (written.answer !== undefined) effect.answer = this.#answer(written.answer, [...path, 'answer'], seqs);
    if (written.say !== undefined || ('script' in written && written.script !== undefined))
      effect.script = this.#script(written, path, seqs);
    if (written.fault !== undefined) effect.fault = this.#fault(faultOf(written.fault), [...path, 'fault']);
    return effect;
  }

  #answer(written: Record<string, unknown>, path: PropertyKey[], seqs: Set<string>): Map<string, DeclaredOutput> {
    if (!this.#target)
      throw new Fault(
        path,
        'an answer is checked against the output of its operation: name one service, and its operation',
      );
    const outputs = new Map<string, DeclaredOutput>();
    let first: unknown;
    for (const operation of this.#target.operations) {
      try {
        const output = compileOutput(operation, written, this.#sourced.folder);
        outputs.set(operation.name, output);
        for (const name of output.seqs) seqs.add(name);
      } catch (error) {
        first ??= error;
      }
    }
    if (outputs.size === 0)
      at(path, () => {
        throw first;
      });
    return outputs;
  }

  #script(rule: CheckedRule, path: PropertyKey[], seqs: Set<string>): CompiledScript {
    if (this.#target!.service.model.sdk !== MODEL_SERVICE)
      throw new Fault(
        [...path, rule.script ? 'script' : 'say'],
        `say and script speak for models: of ${MODEL_SERVICE}, not of ${this.#target!.service.model.sdk}`,
      );
    if (!this.#target!.operations.some(({ name }) => MODEL_OPERATIONS.has(name)))
      throw new Fault(['operation'], `say and script answer ${[...MODEL_OPERATIONS].join(', ')}`);
    const turns = (rule.script ?? [{ say: rule.say! }]).map((turn, index) => {
      const place: PropertyKey[] = rule.script ? [...path, 'script', index] : path;
      const { expect } = turn;
      const said = at([...place, 'say'], () => compileTemplate(speechOf(turn.say)));
      for (const name of said.seqs) seqs.add(name);
      const test =
        expect?.prompt === undefined
          ? undefined
          : at([...place, 'expect', 'prompt'], () => compileTextCondition(expect.prompt));
      return {
        said,
        ...(expect
          ? {
              expect: {
                ...(test
                  ? {
                      prompt: (text: string | undefined) => test(text) !== undefined,
                      promptText: JSON.stringify(expect.prompt),
                    }
                  : {}),
                ...(expect.toolResults === undefined ? {} : { toolResults: [expect.toolResults].flat() }),
              },
            }
          : {}),
      };
    });
    const { tokensPerSecond } = rule;
    return { turns, perTurn: rule.script !== undefined, ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }) };
  }

  #fault(given: FaultObject, path: PropertyKey[]): FaultObject {
    const target = this.#target;
    const { error, status } = given;
    if (error !== undefined && statusOf(target?.service, error) === undefined && status === undefined) {
      if (!target)
        throw new Fault([...path, 'error'], `which service's error is ${error}? Name one service, or give it a status`);
      const meant = nearest(error, errorNames(target.service));
      throw new Fault(
        [...path, 'error'],
        `${target.service.model.serviceId} has no error ${error}${meant ? `; did you mean ${meant}?` : ''} (one that it does not have needs a status)`,
      );
    }
    const modelled = error === undefined ? undefined : target?.service.model.errors.get(error);
    if (modelled && given.members) {
      const known = members(modelled.schema).map(([name]) => name);
      const unknown = Object.keys(given.members).find((name) => !known.includes(name));
      const meant = unknown === undefined ? undefined : nearest(unknown, known);
      if (unknown !== undefined)
        throw new Fault(
          [...path, 'members', unknown],
          `${error} has no ${unknown}${meant ? `; did you mean ${meant}?` : `; it has ${known.join(', ')}`}`,
        );
    }
    if (error === undefined && status !== undefined && status < 500 && status !== 429)
      throw new Fault([...path, 'status'], `a status of ${status} needs the error's name as well`);
    const cutError = typeof given.cut === 'object' ? given.cut.error : undefined;
    if (cutError !== undefined) {
      if (!target)
        throw new Fault([...path, 'cut', 'error'], 'name one service: an exception within a stream is one of its own');
      if (!target.service.model.errors.has(cutError)) {
        const meant = nearest(cutError, target.service.model.errors.keys());
        throw new Fault(
          [...path, 'cut', 'error'],
          `${target.service.model.serviceId} has no error ${cutError}${meant ? `; did you mean ${meant}?` : ''}`,
        );
      }
    }
    const needs = (
      kinds: readonly (keyof FaultObject)[],
      test: (operation: OperationModel) => boolean,
      what: string,
    ) => {
      const kind = kinds.find((each) => given[each] !== undefined);
      if (kind && target && !target.operations.some(test))
        throw new Fault([...path, kind], `${kind} is for ${what}; none of the rule's operations is`);
    };
    needs(
      ['cut', 'slow'],
      (operation) => operation.outputEvents !== undefined,
      'operations that answer with a stream of events',
    );
    needs(['failItems'], ({ name }) => isBatch(target!.service.model.sdk, name), 'batches');
    needs(['malformedToolJson'], ({ name }) => MODEL_OPERATIONS.has(name), 'invocations of models');
    return given;
  }

  /** The calls that the rule's effects can be had by. */
  #fits(effects: Effect[]): (subject: Subject) => boolean {
    const { rule } = this.#sourced;
    const outputs = effects.map(({ answer }) => answer).filter((answer) => answer !== undefined);
    const answered = this.#target?.service.model.sdk;
    const speaks = effects.some(({ script }) => script);
    const faults = effects.map(({ fault }) => fault).filter((fault) => fault !== undefined);
    const has = (kinds: readonly (keyof FaultObject)[]) =>
      faults.some((fault) => kinds.some((kind) => fault[kind] !== undefined));
    const ofStreams = has(STREAM_FAULTS.filter((kind) => kind !== 'malformedToolJson'));
    const ofTools = has(['malformedToolJson']);
    const ofBatches = has(['failItems']);
    const ofWire =
      has(['reset', 'timeout', 'truncate', 'wrongChecksum']) || rule.record !== undefined || rule.replay !== undefined;
    if (!speaks && outputs.length === 0 && !ofStreams && !ofTools && !ofBatches && !ofWire && !rule.limit?.tokens)
      return () => true;
    return (subject) => {
      const { service, operation } = subject;
      if (outputs.length > 0 && (service !== answered || !outputs.every((each) => each.has(operation)))) return false;
      if ((speaks || ofTools || rule.limit?.tokens) && (service !== MODEL_SERVICE || !MODEL_OPERATIONS.has(operation)))
        return false;
      if (ofStreams && subject.exchange.operation!.outputEvents === undefined) return false;
      if (ofBatches && !isBatch(service, operation)) return false;
      return !ofWire || subject.isOutside;
    };
  }
}

/** What is said, in full: a text stands for itself, one tool use for a list of it. */
function speechOf(said: string | Speech): Speech {
  const speech = typeof said === 'string' ? { text: said } : said;
  return speech.toolUse === undefined ? speech : { ...speech, toolUse: [speech.toolUse].flat() };
}
