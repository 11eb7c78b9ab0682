import { PolicyError, readPolicy, type Actions, type PolicyKind } from '../../engines/policy/policy.ts';
import { nearest } from '../rules/nearest.ts';
import { CONDITION_OPERATORS, STATEMENT_ELEMENTS, TOP_ELEMENTS } from './elements.ts';
import { JsonFault, partAt, readJson, type Member, type Node } from './json.ts';
import { formPattern, givenPattern, overlap } from './overlap.ts';

/**
 * What is wrong with a policy, and where. An error is what IAM refuses; a warning is what it takes, and what will not do what it seems to:
 * an action that AWS does not have, a resource that an action does not stand on.
 */
export type Finding = {
  severity: 'error' | 'warning' | 'info';
  message: string;
  /** Offsets into the text; `to` is just past the last character. */
  from: number;
  to: number;
  /** Of `from`, from 1. */
  line: number;
  column: number;
};

export const FINDINGS_MAX = 200;
/** Actions of one statement whose resources are looked at; a statement with more is about nearly everything. */
const EXPANDED_MAX = 500;

export function checkPolicy(text: string, kind: PolicyKind, actions: Actions): Finding[] {
  const check = new Check(text, kind, actions);
  try {
    check.document(readJson(text));
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    check.tell('error', error.message, { from: error.at, to: Math.min(text.length, error.at + 1) });
  }
  return check.findings.sort((a, b) => a.from - b.from).slice(0, FINDINGS_MAX);
}

type Span = { from: number; to: number };
type Texts = { value: string; from: number; to: number }[];

class Check {
  readonly findings: Finding[] = [];
  readonly #text: string;
  readonly #kind: PolicyKind;
  readonly #actions: Actions;

  constructor(text: string, kind: PolicyKind, actions: Actions) {
    this.#text = text;
    this.#kind = kind;
    this.#actions = actions;
  }

  tell(severity: Finding['severity'], message: string, { from, to }: Span): void {
    const before = this.#text.slice(0, from);
    const line = before.split('\n').length;
    this.findings.push({ severity, message, from, to, line, column: from - before.lastIndexOf('\n') });
  }

  document(root: Node): void {
    if (root.kind === 'object') {
      this.#names(root.members, TOP_ELEMENTS, 'A policy');
      const statement = valueOf(root, 'Statement');
      if (!statement) this.tell('error', 'The policy has no Statement', root);
      else for (const one of statement.kind === 'list' ? statement.items : [statement]) this.#statement(one);
      if (!valueOf(root, 'Version'))
        this.tell('info', 'Without "Version": "2012-10-17" policy variables like ${aws:username} are plain text', {
          from: root.from,
          to: root.from + 1,
        });
    }
    this.#engine(root);
  }

  /** What the evaluator refuses, and nothing above has named: it tells of the first fault only. */
  #engine(root: Node): void {
    try {
      readPolicy(this.#text, this.#kind);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      if (!this.findings.some(({ severity }) => severity === 'error'))
        this.tell('error', error.message, partAt(root, error.element));
    }
  }

  #names(members: readonly Member[], known: readonly string[], whose: string): void {
    const seen = new Set<string>();
    for (const { name, from, to } of members) {
      if (!known.includes(name))
        this.tell('error', `${whose} has no element ${name}${meant(name, known)}`, { from, to });
      if (seen.has(name)) this.tell('warning', `${name} is there twice: the last one counts`, { from, to });
      seen.add(name);
    }
  }

  #statement(node: Node): void {
    if (node.kind !== 'object') return this.tell('error', 'A statement is an object in braces', node);
    this.#names(node.members, STATEMENT_ELEMENTS, 'A statement');
    const effect = valueOf(node, 'Effect');
    if (!effect) this.tell('error', 'The statement has no Effect', { from: node.from, to: node.from + 1 });
    else if (effect.kind !== 'string' || (effect.value !== 'Allow' && effect.value !== 'Deny'))
      this.tell('error', 'Effect is "Allow" or "Deny"', effect);
    const action = textsOf(valueOf(node, 'Action'));
    for (const one of [...action, ...textsOf(valueOf(node, 'NotAction'))]) this.#action(one);
    this.#conditions(valueOf(node, 'Condition'));
    if (this.#kind !== 'trust') this.#fit(action, textsOf(valueOf(node, 'Resource')));
  }

  #action(given: Texts[number]): void {
    const { value } = given;
    const [prefix = '', name] = value.split(':');
    if (value === '*' || name === undefined || value.split(':').length > 2) return;
    if (this.#kind === 'trust' && prefix.toLowerCase() !== 'sts')
      return this.tell('error', 'A trust policy may only specify STS AssumeRole actions', given);
    if (/[*?]/.test(prefix)) {
      if (this.#actions.expand(value).length === 0) this.tell('warning', `AWS has no action like ${value}`, given);
      return;
    }
    const service = this.#actions.service(prefix.toLowerCase());
    if (!service) {
      const prefixes = this.#actions.services.map((one) => one.prefix);
      return this.tell('warning', `AWS has no service ${prefix}${meant(prefix, prefixes)}`, given);
    }
    if (/[*?]/.test(name)) {
      if (this.#actions.expand(value).length === 0)
        this.tell('warning', `${service.name} has no action like ${value}`, given);
    } else if (!this.#actions.find(value)) {
      const names = service.actions.map((one) => one.name);
      const near = nearest(name, names);
      const instead = near === undefined ? '' : `; did you mean ${prefix}:${near}?`;
      this.tell('warning', `${service.name} has no action ${value}${instead}`, given);
    }
  }

  #conditions(node: Node | undefined): void {
    if (node?.kind !== 'object') return;
    for (const { name, from, to, value } of node.members) {
      const plain = name.replace(/^For(?:AllValues|AnyValue):/, '').replace(/IfExists$/, '');
      if (!CONDITION_OPERATORS.some((one) => one.toLowerCase() === plain.toLowerCase()))
        this.tell('error', `There is no condition operator ${name}${meant(plain, CONDITION_OPERATORS)}`, { from, to });
      if (value.kind === 'object') for (const one of value.members) this.#key(one);
    }
  }

  #key({ name, from, to }: Member): void {
    const prefix = name.split(':')[0]!.toLowerCase();
    const known = this.#actions.conditionKeys(prefix);
    // Identity providers have keys under names of their own.
    if (known.length === 0) return;
    const stem = (key: string) => key.toLowerCase().split('/')[0]!;
    if (known.some((key) => stem(key) === stem(name))) return;
    this.tell('warning', `AWS has no condition key ${name}${meant(name, known)}`, { from, to });
  }

  /** Actions and resources of a statement that have nothing to do with each other. */
  #fit(given: Texts, resources: Texts): void {
    if (resources.length === 0 || resources.some(({ value }) => value === '*')) return;
    const patterns = resources.map(({ value }) => givenPattern(value));
    const forms = new Map<string, boolean[]>();
    const fitsOf = (arn: string): boolean[] => {
      let fits = forms.get(arn);
      if (!fits) {
        const form = formPattern(arn);
        forms.set(arn, (fits = patterns.map((pattern) => overlap(pattern, form))));
      }
      return fits;
    };
    let all = given.length > 0;
    for (const one of given) {
      const names = one.value === '*' ? undefined : this.#actions.expand(one.value);
      if (!names || names.length === 0 || names.length > EXPANDED_MAX) {
        all = false;
        continue;
      }
      const types = names.flatMap((name) => this.#actions.find(name)!.resources);
      const fits = types.map(({ arn }) => fitsOf(arn).some(Boolean));
      if (names.length > 1) continue;
      if (types.length === 0)
        this.tell('warning', `${names[0]!} stands on no resource: it is allowed by "Resource": "*" only`, one);
      else if (!fits.some(Boolean))
        this.tell(
          'warning',
          `${names[0]!} stands on ${listed(types.map(({ arn }) => arn))}, not on what Resource names`,
          one,
        );
    }
    if (!all || forms.size === 0) return;
    resources.forEach((resource, index) => {
      if ([...forms.values()].every((fits) => !fits[index]))
        this.tell('warning', `None of the statement's actions stands on ${resource.value}`, resource);
    });
  }
}

const meant = (name: string, known: Iterable<string>): string => {
  const near = nearest(name, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
};

const listed = (arns: string[]): string => {
  const each = [...new Set(arns)];
  return each.length > 3 ? `${each.slice(0, 3).join(', ')} and others` : each.join(' or ');
};

const valueOf = (node: Node & { kind: 'object' }, name: string): Node | undefined =>
  node.members.findLast((member) => member.name === name)?.value;

function textsOf(node: Node | undefined): Texts {
  const nodes = node?.kind === 'list' ? node.items : node ? [node] : [];
  return nodes.flatMap((one) => (one.kind === 'string' ? [one] : []));
}
