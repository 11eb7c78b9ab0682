import { randomUUID } from 'node:crypto';
import { basename, relative, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../kernel/clock.ts';
import { generator, type Ids } from '../../kernel/ids.ts';
import { collection, type Store } from '../../kernel/store/store.ts';
import type { Services } from '../services.ts';
import { Cassettes } from './cassettes/cassettes.ts';
import { compileRules, type CompiledRule } from './compile.ts';
import type { Groups } from './conditions.ts';
import { RuleError, type RuleFault } from './faults.ts';
import { checkRules, readRuleFile, ruleFiles, type Sourced } from './file.ts';
import { HitCounts, type Hit } from './hits.ts';
import { take, type LimitPlan } from './limits.ts';
import { insideFolder } from './output.ts';
import { millisecondsOf, RULES_MAX, type CheckedRule, type Rule } from './schema.ts';
import { localMemory, sharedMemory, type Memory } from './shared.ts';
import type { Subject } from './subject.ts';
import { watchFiles } from './watch.ts';

export type { Rule } from './schema.ts';

/** A rule as it is listed. */
export type ListedRule = CheckedRule & { id: string; source: string; used: number; last: Hit[] };

/** What was decided on a call. */
export type Decision = {
  rule: CompiledRule;
  groups: Groups;
  /** Which of the matching calls this is, and how many times the rule has answered, this call included. */
  nth: number;
  used: number;
  /** A limit was exceeded. */
  limited?: boolean;
};

const sets = collection<Rule[]>('rules/set');
/** Drawn anew with every change: a count would begin again after a reset, and look like one that was seen before. */
const generations = collection<string>('rules/generation');
const KEY = ['api'];
/** Bytes of all rules that are set over the API. */
const SET_BYTES_MAX = 4 * 1024 * 1024;
const FIRST_STATE = 'start';

export type RulesParts = {
  services: Services;
  store: Store;
  clock: Clock;
  ids: Ids;
  log: Logger;
  /** More processes may serve the stack. */
  shared: boolean;
  seed?: number | string;
  /** A rule file, or a folder of them. */
  path?: string;
  /** Rules that are set at the start. */
  first?: Rule[];
};

/**
 * The rules in effect: those set over the API or by a program, which are in the store and hold for all processes of a stack, then those of the
 * files that it was started with. The higher `priority` is asked first, then in this order; the first that matches decides.
 */
export class Rules {
  readonly memory: Memory;
  readonly cassettes: Cassettes;
  readonly #parts: RulesParts;
  readonly #hits: HitCounts;
  readonly #chances = new Map<string, () => number>();
  #files = new Map<string, Sourced[]>();
  #faults: RuleFault[] = [];
  #api: Sourced[] = [];
  #compiled: CompiledRule[] = [];
  #generation: string | undefined;
  #loading: Promise<void> | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #unwatch: (() => void) | undefined;

  private constructor(parts: RulesParts) {
    this.#parts = parts;
    this.memory = parts.shared ? sharedMemory(parts.store) : localMemory();
    this.cassettes = new Cassettes({ memory: this.memory, log: parts.log });
    this.#hits = new HitCounts(this.memory, parts);
  }

  /** Reads the rule files and the rules in the store. Throws RuleError: a stack does not start with rules that it cannot follow. */
  static async open(parts: RulesParts): Promise<Rules> {
    const rules = new Rules(parts);
    const { path } = parts;
    if (path !== undefined) {
      for (const file of ruleFiles(path)) rules.#files.set(file, named(readRuleFile(file), file));
      rules.#unwatch = watchFiles(path, (files) => rules.#reload(files), parts.log);
    }
    try {
      if (parts.first) await rules.set(parts.first);
      else await rules.#load();
    } catch (error) {
      rules.close();
      throw error;
    }
    return rules;
  }

  /** Replaces the rules that were set. Rejects with RuleError, and changes nothing, when one of them is wrong. */
  set(rules: readonly Rule[]): Promise<void> {
    return this.#write(() => [...rules]);
  }

  /** Adds a rule, in the place of the one with its id where there is one; otherwise before the others. Resolves with its id. */
  async add(rule: Rule): Promise<string> {
    let id = rule.id;
    await this.#write((standing) => {
      if (id === undefined) {
        let number = standing.length + 1;
        while (standing.some((each) => each.id === `rule-${number}`)) number++;
        id = `rule-${number}`;
      }
      const made = { ...rule, id };
      const place = standing.findIndex((each) => each.id === id);
      return place < 0 ? [made, ...standing] : standing.with(place, made);
    });
    return id!;
  }

  /** Removes a rule that was set; resolves with whether there was one. */
  async remove(id: string): Promise<boolean> {
    let found = false;
    await this.#write((standing) => {
      found = standing.some((each) => each.id === id);
      return found ? standing.filter((each) => each.id !== id) : undefined;
    });
    return found;
  }

  /** Removes all rules that were set, and forgets what was counted. Those of files stay. */
  async clear(): Promise<void> {
    await this.#write(() => []);
    await this.forget();
  }

  /** Forgets what was counted: matches, states, limits, how far cassettes were played. */
  async forget(): Promise<void> {
    this.#hits.forget();
    this.#chances.clear();
    for (const kind of ['hits', 'rule', 'scenario', 'seq', 'limit', 'played']) await this.memory.forget([kind]);
    this.cassettes.forget();
  }

  /** After the store was emptied: the rules that the stack was started with. */
  async reset(): Promise<void> {
    this.#generation = undefined;
    await this.forget();
    await this.set(this.#parts.first ?? []);
  }

  /** In the order in which they are asked, with how often each has decided. */
  async list(): Promise<ListedRule[]> {
    await this.#refresh();
    return Promise.all(
      this.#compiled.map(async (compiled) => {
        const { id, key, rule, sourced } = compiled;
        const { count, last } = await this.#hits.of(key);
        // The hits of other processes may not be written yet; what conditions count is. A limit counts by its own means.
        const used =
          compiled.counts && !rule.limit
            ? ((await this.memory.read<Counted>(placeOf(compiled)))?.counts[key]?.used ?? 0)
            : count;
        return { ...rule, id, source: sourced.source, used, last };
      }),
    );
  }

  /** The cassettes that rules in effect record to and play. */
  async cassettePaths(): Promise<string[]> {
    await this.#refresh();
    return this.#compiled.flatMap(({ rule, sourced }) => {
      const written = rule.replay ?? rule.record;
      const path = written && insideFolder(sourced.folder, typeof written === 'string' ? written : written.cassette);
      return path ? [path] : [];
    });
  }

  /** What is wrong with rule files that were changed since; the last good ones are in effect. */
  get faults(): readonly RuleFault[] {
    return this.#faults;
  }

  /** Whether rules need not be asked at all. */
  get isEmpty(): boolean {
    return this.#compiled.length === 0 && !this.#parts.shared;
  }

  /**
   * The rule that decides on a call, if one does.
   *
   * @param tokenLimits is given the rules that bound the tokens of the call's model: those are taken when it is asked
   */
  async decide(subject: Subject, tokenLimits: CompiledRule[]): Promise<Decision | undefined> {
    if (this.#parts.shared) await this.#refresh();
    else if (this.#loading) await this.#loading;
    for (const rule of this.#compiled) {
      const groups = rule.matches(subject);
      if (!groups) continue;
      if (rule.rule.limit?.requests !== undefined && !(await this.#isWithin(rule, subject))) {
        this.#note(rule, subject);
        return { rule, groups, nth: 1, used: 1, limited: true };
      }
      if (rule.rule.limit) {
        // Within its limit, a call is for the rules after this one.
        if (rule.rule.limit.tokens !== undefined) tokenLimits.push(rule);
        continue;
      }
      if (!rule.counts) {
        this.#note(rule, subject);
        return { rule, groups, nth: 1, used: 1 };
      }
      const counted = await this.#admit(rule);
      if (!counted) continue;
      this.#note(rule, subject);
      return { rule, groups, ...counted };
    }
    return undefined;
  }

  /** Where the limit of a rule is kept for a call, and what it holds. */
  limitOf(
    { key, rule }: CompiledRule,
    subject: Subject,
  ): { key: string[]; plan: LimitPlan; unit: 'requests' | 'tokens' }[] {
    const { requests, tokens, per, by } = rule.limit!;
    const whose = {
      all: '',
      principal: subject.exchange.principal!.arn,
      account: subject.exchange.call!.account,
      model: subject.model ?? '',
    }[by];
    const perMs = millisecondsOf(per)!;
    return [
      ...(requests === undefined
        ? []
        : [{ key: ['limit', key, 'requests', whose], plan: { capacity: requests, perMs }, unit: 'requests' as const }]),
      ...(tokens === undefined
        ? []
        : [{ key: ['limit', key, 'tokens', whose], plan: { capacity: tokens, perMs }, unit: 'tokens' as const }]),
    ];
  }

  /** The next numbers of the counters that templates draw from. */
  async draw(names: ReadonlySet<string>): Promise<Record<string, number>> {
    const drawn: Record<string, number> = {};
    for (const name of names)
      drawn[name] = await this.memory.update<number, number>(['seq', name], (last = 0) => ({
        value: last + 1,
        result: last + 1,
      }));
    return drawn;
  }

  /** A number in [0, 1) for a rule: of the stack's seed where it has one, whatever else the stack draws. */
  chance(key: string): number {
    const { seed, ids } = this.#parts;
    if (seed === undefined) return ids.random();
    let next = this.#chances.get(key);
    if (!next) this.#chances.set(key, (next = generator(`${seed}/rules/${key}`)));
    return next();
  }

  /** Notes a call that a limit of tokens has refused. */
  note(rule: CompiledRule, subject: Subject): void {
    this.#note(rule, subject);
  }

  close(): void {
    this.#unwatch?.();
    this.#hits.close();
    this.cassettes.close();
  }

  #note({ key }: CompiledRule, { exchange, service, operation }: Subject): void {
    this.#hits.note(key, { requestId: exchange.requestId, timeMs: this.#parts.clock.now(), service, operation });
  }

  async #isWithin(rule: CompiledRule, subject: Subject): Promise<boolean> {
    const bucket = this.limitOf(rule, subject).find(({ unit }) => unit === 'requests')!;
    return take(this.memory, bucket.key, bucket.plan, 1, this.#parts.clock.now());
  }

  /** Counts a matching call; undefined: it is not one of those that the rule is for. */
  #admit(
    compiled: CompiledRule,
  ): { nth: number; used: number } | undefined | Promise<{ nth: number; used: number } | undefined> {
    const { key, rule } = compiled;
    const { when, then, nth, every, after = 0, times, probability } = rule;
    const wanted = nth === undefined ? undefined : [nth].flat();
    // Drawn once: a transaction may run more than once.
    const hasLuck = probability === undefined || this.chance(key) < probability;
    return this.memory.update<Counted, { nth: number; used: number } | undefined>(placeOf(compiled), (known) => {
      const state = known?.state ?? FIRST_STATE;
      const counts = known?.counts[key] ?? { seen: 0, used: 0 };
      const standing = { value: known ?? { counts: {} }, result: undefined };
      if (when && ![when.state].flat().includes(state)) return standing;
      const seen = counts.seen + 1;
      const turn = seen - after;
      const isOne =
        turn > 0 &&
        (wanted === undefined || wanted.includes(seen)) &&
        (every === undefined || turn % every === 0) &&
        (times === undefined || counts.used < times) &&
        hasLuck;
      const used = counts.used + (isOne ? 1 : 0);
      const value: Counted = {
        ...known,
        ...(isOne && then ? { state: then.state } : {}),
        counts: { ...known?.counts, [key]: { seen, used } },
      };
      return { value, result: isOne ? { nth: seen, used } : undefined };
    });
  }

  /** Takes over what other processes have set. */
  async #refresh(): Promise<void> {
    if (this.#loading) return this.#loading;
    const generation = (await this.#parts.store.get(generations, KEY)) ?? '';
    if (generation !== this.#generation) await this.#load();
  }

  #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #read(): Promise<void> {
    const { store, services } = this.#parts;
    const generation = (await store.get(generations, KEY)) ?? '';
    const api = this.#sourced((await store.get(sets, KEY)) ?? []);
    this.#compiled = await compileRules([...api, ...this.#ofFiles()], services);
    this.#api = api;
    this.#generation = generation;
  }

  #ofFiles(files = this.#files): Sourced[] {
    return [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, rules]) => rules);
  }

  #sourced(rules: readonly Rule[]): Sourced[] {
    const taken = new Set(rules.map(({ id }) => id));
    const checked = checkRules(rules, process.cwd(), 'api');
    return checked.map((each, index) => {
      if (each.rule.id !== undefined) return each;
      let number = index + 1;
      while (taken.has(`rule-${number}`)) number++;
      taken.add(`rule-${number}`);
      return { ...each, rule: { ...each.rule, id: `rule-${number}` } };
    });
  }

  /** One change at a time; `change` gives undefined where there is nothing to change. */
  #write(change: (standing: Rule[]) => Rule[] | undefined): Promise<void> {
    const written = this.#writing.then(async () => {
      const { store, services } = this.#parts;
      await store.transact(async (tx) => {
        const standing = (await tx.get(sets, KEY)) ?? [];
        const changed = change(standing);
        if (!changed) return;
        const next = this.#sourced(changed);
        if (next.length > RULES_MAX) throw new RuleError([{ message: `${next.length} rules; ${RULES_MAX} at most` }]);
        const values = next.map(({ rule }) => rule);
        const bytes = Buffer.byteLength(JSON.stringify(values));
        if (bytes > SET_BYTES_MAX)
          throw new RuleError([{ message: `${bytes} bytes of rules; ${SET_BYTES_MAX} at most` }]);
        await compileRules([...next, ...this.#ofFiles()], services);
        tx.put(sets, KEY, values);
        tx.put(generations, KEY, randomUUID());
      });
      // A reading that was under way may have seen what stood before.
      await this.#loading?.catch(() => {});
      await this.#load();
    });
    this.#writing = written.catch(() => {});
    return written;
  }

  /** Rule files have changed: the new ones if they are right, else the last good ones, and it is said what is wrong. */
  async #reload(files: readonly string[]): Promise<void> {
    const { services, log, path } = this.#parts;
    const next = new Map<string, Sourced[]>();
    const faults: RuleFault[] = [];
    for (const file of files) {
      try {
        const read = named(readRuleFile(file), file);
        await compileRules(read, services);
        next.set(file, read);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        faults.push(...error.faults);
        const last = this.#files.get(file);
        if (last) next.set(file, last);
      }
    }
    try {
      this.#compiled = await compileRules([...this.#api, ...this.#ofFiles(next)], services);
      this.#files = next;
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      faults.push(...error.faults);
    }
    this.#faults = faults;
    if (faults.length > 0)
      log.error(
        { rules: path, faults: new RuleError(faults).message.split('\n') },
        'rule files are wrong: the last good rules stay in effect',
      );
    else log.info({ rules: path, count: this.#compiled.length }, 'rules were read anew');
  }
}

/** What conditions count, of one rule or of all rules of a scenario, by the rules' keys. */
type Counted = { state?: string; counts: Record<string, { seen: number; used: number }> };

function placeOf({ key, rule: { when, then } }: CompiledRule): string[] {
  return when || then ? ['scenario', when?.scenario ?? then?.scenario ?? ''] : ['rule', key];
}

/** Rules of a file that have no id are called after it: `agents.3`. */
function named(rules: Sourced[], file: string): Sourced[] {
  const base =
    basename(file)
      .replace(/\.[^.]*$/, '')
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 50) || 'rules';
  const source = relative(process.cwd(), resolve(file));
  return rules.map((each, index) => ({
    ...each,
    source: each.source.replace(file, source),
    rule: each.rule.id === undefined ? { ...each.rule, id: `${base}.${index + 1}` } : each.rule,
  }));
}
