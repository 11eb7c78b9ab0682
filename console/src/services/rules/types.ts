/** What `/_outcrop/rules` and `/_outcrop/cassettes` answer. */
export type Hit = { requestId: string; timeMs: number; service: string; operation: string };

/** A rule as it is written. */
export type Rule = Record<string, unknown> & {
  id?: string;
  description?: string;
  enabled?: boolean;
  priority?: number;
  service?: string | string[];
  operation?: string | string[];
  model?: string | string[];
  fault?: string | Record<string, unknown>;
  record?: string | { cassette: string };
  replay?: string | { cassette: string };
};

/** A rule as it is listed: `source` is `api`, or a file and a line. */
export type ListedRule = Rule & { id: string; source: string; used: number; last: Hit[] };

export type RuleFault = {
  file?: string;
  line?: number;
  column?: number;
  rule?: string;
  path?: string;
  message: string;
};

export type RuleList = { rules: ListedRule[]; faults: RuleFault[] };

export type Miss = { requestId: string; timeMs: number; call: string; message: string };
export type Cassette = {
  cassette: string;
  entries: number;
  played: number;
  recorded: number;
  misses: number;
  missed: Miss[];
};

export const isOfApi = ({ source }: Pick<ListedRule, 'source'>): boolean => source === 'api';

/** A rule without what only lists say of it. */
export function writtenOf({ source: _source, used: _used, last: _last, ...rule }: ListedRule): Rule {
  return rule;
}

const cassetteOf = (written: Rule['record']): string | undefined =>
  typeof written === 'string' ? written : written?.cassette;
export const recordsTo = (rule: Rule): string | undefined => cassetteOf(rule.record);
export const playsFrom = (rule: Rule): string | undefined => cassetteOf(rule.replay);

const slugOf = (cassette: string): string =>
  cassette
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 50);

/** The rules that record to a cassette and play it are found by their ids. */
export const replayIdOf = (cassette: string): string => `replay.${slugOf(cassette)}`;
export const recordIdOf = (cassette: string): string => `record.${slugOf(cassette)}`;

/** Plays a cassette for some services; what it does not have is computed. */
export const replayRuleOf = (cassette: string, services?: string[]): Rule => ({
  ...(services ? { service: services } : {}),
  replay: { cassette, miss: 'compute' } as { cassette: string },
});

/** What a rule is for, in one line. */
export function matchText(rule: Rule): string {
  const parts = [
    [rule.service].flat().filter(Boolean).join(', '),
    [rule.operation].flat().filter(Boolean).join(', '),
    [rule.model].flat().filter(Boolean).join(', '),
  ].filter((part) => part !== '');
  const more = [
    'principal',
    'account',
    'region',
    'prompt',
    'input',
    'body',
    'header',
    'nth',
    'every',
    'after',
    'times',
    'probability',
    'when',
  ].filter((key) => rule[key] !== undefined);
  const what = parts.length === 0 ? 'every call' : parts.join(' · ');
  return more.length === 0 ? what : `${what} (by ${more.join(', ')})`;
}

/** What a rule does, in one line. */
export function actionText(rule: Rule): string {
  const { fault } = rule;
  const named = fault === undefined ? undefined : typeof fault === 'string' ? fault : Object.keys(fault).join(', ');
  const action = ['answer', 'say', 'script', 'sequence', 'limit', 'compute'].find((key) => rule[key] !== undefined);
  const record = recordsTo(rule);
  const replay = playsFrom(rule);
  return (
    [
      record === undefined ? undefined : `record to ${record}`,
      replay === undefined ? undefined : `replay ${replay}`,
      action,
      named === undefined ? undefined : `fault: ${named}`,
      rule['delay'] === undefined ? undefined : `delay ${String(rule['delay'])}`,
    ]
      .filter((part) => part !== undefined)
      .join(', ') || 'compute'
  );
}
