import type { PiiType } from './types.ts';

/** A run of letters and digits without separators inside, by UTF-16 offsets. */
export type Group = { text: string; start: number; end: number };

/** What a word or phrase says about a number near it: its type, or that it is none of ours (`other`: an order, a price, a page). */
export type Label = { says: PiiType | 'other'; weak: boolean; start: number; end: number };

/** A text with what several finders look at. */
export type Reading = { text: string; groups: Group[]; labels: Label[] };

/**
 * Phrases that name a number, the more specific first: the first that fits at a place wins. `weak` ones also mean other things, so the
 * value must follow at once ("account: 123…", not "an account for 123… people").
 */
const LABELS: readonly [says: Label['says'], pattern: string, weak?: true][] = [
  [
    'CREDIT_DEBIT_CARD_CVV',
    String.raw`cvv2?|cvc2?|cv2|(?:card\s+)?security\s+code|card\s+verification(?:\s+(?:value|code|number))?|3[- ]digit\s+code|(?:code|digits|number)\s+on\s+the\s+back(?:\s+of\s+(?:the|my|your)\s+card)?`,
  ],
  ['CREDIT_DEBIT_CARD_CVV', String.raw`cid`, true],
  [
    'CREDIT_DEBIT_CARD_EXPIRY',
    String.raw`exp(?:iry|iration)?\.?\s+date|date\s+of\s+expiry|good\s+thr(?:ough|u)|valid\s+(?:thr(?:ough|u)|until|till|to)|expir(?:y|ation|es|ing|ed|e)|runs?\s+out(?:\s+in)?|use\s+before|validity|exp`,
  ],
  [
    'US_BANK_ROUTING_NUMBER',
    String.raw`(?:bank\s+)?routing(?:\s+(?:transit\s+)?(?:number|no|code))?|aba(?:\s+(?:number|no|routing))?|rtn|transit\s+number`,
  ],
  [
    'UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER',
    String.raw`utrs?|unique\s+tax(?:payer)?(?:'?s)?\s+reference|tax(?:payer)?\s+reference|self[- ]assessment\s+(?:reference|number)`,
  ],
  [
    'UK_NATIONAL_HEALTH_SERVICE_NUMBER',
    String.raw`nhs(?:\s+(?:patient\s+)?(?:number|no|id))?|national\s+health\s+service(?:\s+number)?`,
  ],
  ['UK_NATIONAL_INSURANCE_NUMBER', String.raw`national\s+insurance(?:\s+(?:number|no))?|nino|ni\s+(?:number|no)`],
  [
    'CA_HEALTH_NUMBER',
    String.raw`ohip|ramq|(?:provincial|personal|canadian|ontario)\s+health(?:\s+(?:card|care|insurance|services?))*(?:\s+(?:number|no|id))?|health\s+(?:card|insurance|care)\s+(?:number|no|id)|health\s+card|health\s+number|phn|(?:bc\s+)?care\s*card`,
  ],
  ['CA_SOCIAL_INSURANCE_NUMBER', String.raw`social\s+insurance(?:\s+(?:number|no))?|sin\s+(?:number|no)`],
  ['CA_SOCIAL_INSURANCE_NUMBER', String.raw`sin`, true],
  [
    'US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER',
    String.raw`itins?|individual\s+tax(?:payer)?\s+id(?:entification)?|tax(?:payer)?\s+id(?:entification)?(?:\s+number)?|tin`,
  ],
  ['US_SOCIAL_SECURITY_NUMBER', String.raw`ssns?|socials?\s+security(?:\s+(?:number|no|card))?|soc\.?\s+sec\.?|ss#`],
  ['US_SOCIAL_SECURITY_NUMBER', String.raw`my\s+social(?!\s+(?:security|insurance|media))`, true],
  [
    'US_PASSPORT_NUMBER',
    String.raw`passports?(?:\s+(?:number|no|id|card|book))?|travel\s+documents?(?:\s+(?:number|no))?`,
  ],
  [
    'DRIVER_ID',
    String.raw`driv(?:er|ing|ers)(?:['’]?s?['’]?)?\s+(?:licen[cs]e|permit|id)(?:\s+(?:number|no|id))?|(?:dl|licen[cs]e)\s+(?:number|no|id)|dvla(?:\s+number)?|state\s+id`,
  ],
  [
    'LICENSE_PLATE',
    String.raw`(?:licen[cs]e|number|registration|vehicle|car)\s+plates?(?:\s+(?:number|no))?|plates?\s+(?:number|no)|vehicle\s+registration(?:\s+(?:number|no|mark))?|car\s+registered(?:\s+as)?|with\s+(?:the\s+)?plates?|registration\s+(?:number|no|mark)|vrm`,
  ],
  ['DRIVER_ID', String.raw`dl|licen[cs]e`, true],
  ['LICENSE_PLATE', String.raw`(?:licen[cs]e\s+)?plates?|tags?|registered|registration|reg`, true],
  [
    'VEHICLE_IDENTIFICATION_NUMBER',
    String.raw`vins?|vehicle\s+id(?:entification)?(?:\s+(?:number|no))?|chassis(?:\s+(?:number|no))?|frame\s+number`,
  ],
  ['INTERNATIONAL_BANK_ACCOUNT_NUMBER', String.raw`iban`],
  ['SWIFT_CODE', String.raw`swift(?:\s*\/\s*bic|[- ]code)?|bic(?:\s+code)?|bank\s+identifier(?:\s+code)?`],
  [
    'US_BANK_ACCOUNT_NUMBER',
    String.raw`(?:(?:bank|checking|chequing|savings?|deposit|money\s+market|brokerage)\s+)(?:account|acct|a\/c)(?:\s+(?:number|no|num))?|(?:account|acct|a\/c)\.?\s*(?:number|no|num|#)|direct\s+deposit`,
  ],
  ['US_BANK_ACCOUNT_NUMBER', String.raw`accounts?|acct|a\/c|checking|savings`, true],
  [
    'CREDIT_DEBIT_CARD_NUMBER',
    String.raw`(?:credit|debit|payment|bank|visa|amex|mastercard)\s+card(?:\s+(?:number|no))?|card\s+(?:number|no)|visa|mastercard|amex|american\s+express|discover\s+card`,
  ],
  [
    'PIN',
    String.raw`(?:atm\s+|card\s+|debit\s+|security\s+|unlock\s+)?pin(?:s|\s*codes?|\s*numbers?)?|personal\s+identification\s+number|passcode|unlock\s+code`,
  ],
  [
    'PHONE',
    String.raw`(?:tele)?phone(?:\s+(?:number|no))?|mobile(?:\s+(?:number|no|phone))?|cell(?:phone)?(?:\s+(?:number|no|phone))?|tel|fax|whatsapp|call(?:ed|ing)?|text(?:ed|ing)?|ring|reach(?:ed|able)?|dial|sms|hotline|landline|contact\s+number|my\s+number|voicemail|ph`,
  ],
  [
    'other',
    String.raw`order|invoice|ticket|tracking|parcel|part|serial|model|case|reference|ref|flight|room|page|isbn|issn|sku|version|zip(?:\s+code)?|post(?:al\s+)?code|extension|error|gate|chapter|section|item|product|build|port|year|batch|lot|quantity|price|cost|total|amount|population|score|booking|confirmation|purchase|po|row|line|step|route|highway|bus|train|platform|issue|pull\s+request|commit|employee\s+id|student\s+id|article|patent|upc|ean|barcode|balance|transaction|request\s+id|session\s+id|device\s+id|coupon|promo(?:\s+code)?|voucher|gift\s+card|area\s+code|country\s+code|policy\s+number|claim|catalog(?:ue)?|coordinates?|timestamp|id`,
  ],
];

const LABEL = new RegExp(
  String.raw`(?<![\p{L}\p{N}_])(?:${LABELS.map(([, pattern], index) => `(?<l${index}>${pattern})`).join('|')})(?![\p{L}\p{N}_])`,
  'giu',
);
const GROUP = /[\p{L}\p{N}]+/gu;

/** Reads the labels and the alphanumeric groups of a text, once for all finders. */
export function read(text: string): Reading {
  const groups: Group[] = [];
  for (const { 0: found, index } of text.matchAll(GROUP))
    groups.push({ text: found, start: index, end: index + found.length });
  const labels: Label[] = [];
  if (/\d|[A-Z]{8}/.test(text)) {
    for (const match of text.matchAll(LABEL)) {
      const which = LABELS.findIndex((_, index) => match.groups![`l${index}`] !== undefined);
      const [says, , weak = false] = LABELS[which]!;
      labels.push({ says, weak, start: match.index, end: match.index + match[0].length });
    }
  }
  return { text, groups, labels };
}

/** Characters between a label and its value: the value may be said after some other words, but in the same sentence. */
const LOOSE_GAP = 48;
/** Groups that one value may be written in: "GB29 NWBK 6016 1331 9268 19" has six. */
const RUN_MAX = 9;

const TIGHT =
  /^["'“”‘’()[\]*`\s:=#.,-]*(?:(?:numbers?|no|num|nr|codes?|ids?|is|was|are|were|be|to|of|on\s+file|has|have|been|set|changed|reads?|as|at|the|my|your|his|her|their|this|it|it's|it’s|that's|following|new|current|card|named?|with|on|under|date)["'“”‘’()[\]*`\s:=#.,-]+)*$/iu;
/** A value that comes before its label: "4821 is my PIN", "4821 (PIN)". */
const BEFORE =
  /^["'”’]*\s*(?:(?:is|was|are|as|will be|for)\s+)?(?:[([]\s*)?(?:(?:my|the|his|her|your|our|their|a|an|new|old|current)\s+){0,2}$/iu;
/** "308, that is the security code", "AB12 CDE to the list of number plates": no other statement begins in between. */
const LOOSE_BEFORE =
  /^\s*(?:,\s*(?:that|this|it|which)\b|\b(?:is|are|was|as|to|on|for|in|into)\b)(?!.*\b(?:and|but|or|when|if|because|while|so)\b)/iu;
const SENTENCE_END = /[!?]\s|\.\s+\p{Lu}|\n\s*\n|;/u;
const LIST = /^\s*(?:,|\/|and|or|&|,\s*and|,\s*or)\s*(?:the\s+)?$/iu;

/** How well a value fits what the label says, 0 to 1. `bare` is upper case without separators, `raw` as it stands. */
export type Fit = (bare: string, raw: string) => number;

type Valued = { start: number; end: number; score: number };

/**
 * The values that stand by the labels of a type: after the label in the same sentence, in a list after such a value, or directly before
 * ("… is my PIN"). A label of another kind in between takes over.
 *
 * @param verified a check digit backs the fit: then the value may stand anywhere near the label.
 */
export function labelled({ text, groups, labels }: Reading, says: PiiType, fit: Fit, verified = false): Valued[] {
  const found: Valued[] = [];
  for (const [index, label] of labels.entries()) {
    if (label.says !== says) continue;
    const first = firstGroup(groups, label.end);
    const after = valueAfter({ text, groups, label, next: nextLabel(labels, index), first, fit });
    if (after) {
      found.push(after);
      listed(text, groups, after, fit, found);
      continue;
    }
    const before = valueBefore(text, groups, label, first, fit);
    if (before) found.push(before);
    else if (verified) found.push(...valuesAround(text, groups, label, fit));
  }
  return found;
}

/** The next label that claims a value for itself. */
function nextLabel(labels: Label[], index: number): number {
  for (let at = index + 1; at < labels.length; at++) {
    if (labels[at]!.start - labels[index]!.end > 2 * LOOSE_GAP) break;
    if (labels[at]!.says !== labels[index]!.says) return labels[at]!.start;
  }
  return Number.POSITIVE_INFINITY;
}

function valueAfter({
  text,
  groups,
  label,
  next,
  first,
  fit,
}: {
  text: string;
  groups: Group[];
  label: Label;
  next: number;
  first: number;
  fit: Fit;
}): Valued | undefined {
  for (let at = first; at < groups.length && groups[at]!.start - label.end <= LOOSE_GAP; at++) {
    const gap = text.slice(label.end, groups[at]!.start);
    if (SENTENCE_END.test(gap) || /[$€£¥]\s?$/.test(gap)) return undefined;
    const tight = TIGHT.test(gap);
    // Past another label only what is its own: "PIN and SSN are 4821 and …" has no value between the two.
    if (!tight && (label.weak || groups[at]!.start > next + LOOSE_GAP / 2)) return undefined;
    const run = longestFit(text, groups, at, fit);
    if (!run) continue;
    if (!tight && groups[at]!.start > next && /\d/.test(text.slice(label.end, next))) return undefined;
    const certainty = tight ? 1 : 0.9 - gap.length / 400;
    return { start: run.start, end: run.end, score: run.score * certainty };
  }
  return undefined;
}

function listed(text: string, groups: Group[], from: Valued, fit: Fit, found: Valued[]): void {
  let last = from;
  for (let at = firstGroup(groups, last.end); at < groups.length; at = firstGroup(groups, last.end)) {
    if (/^(?:and|or|the)$/iu.test(groups[at]!.text)) at++;
    if (groups[at] === undefined || !LIST.test(text.slice(last.end, groups[at]!.start))) return;
    const run = longestFit(text, groups, at, fit);
    if (!run) return;
    last = { ...run, score: run.score * 0.85 };
    found.push(last);
  }
}

function valueBefore(text: string, groups: Group[], label: Label, first: number, fit: Fit): Valued | undefined {
  for (let last = first - 1; last >= 0 && label.start - groups[last]!.end <= 32; last--) {
    if (groups[last]!.end > label.start) continue;
    if (!/\d|^\p{Lu}{1,4}$/u.test(groups[last]!.text)) continue;
    const gap = text.slice(groups[last]!.end, label.start);
    const direct = BEFORE.test(gap);
    if (!direct && (label.weak || !LOOSE_BEFORE.test(gap) || SENTENCE_END.test(gap))) return undefined;
    for (let at = Math.max(0, last - RUN_MAX + 1); at <= last; at++) {
      const run = longestFit(text, groups, at, fit);
      if (run?.end === groups[last]!.end)
        return { ...run, score: run.score * (label.weak ? 0.6 : direct ? 0.85 : 0.75) };
    }
    return undefined;
  }
  return undefined;
}

/** Values with a check digit in the sentences around a label. */
function valuesAround(text: string, groups: Group[], label: Label, fit: Fit): Valued[] {
  const found: Valued[] = [];
  for (
    let at = firstGroup(groups, label.start - AROUND);
    at < groups.length && groups[at]!.start < label.end + AROUND;
    at++
  ) {
    if (!/\d/.test(groups[at]!.text)) continue;
    const run = longestFit(text, groups, at, fit);
    if (run) found.push({ ...run, score: run.score * 0.75 });
  }
  return found;
}

/** Characters around a label in which a value with a check digit is looked for. */
const AROUND = 100;

/** The longest run of groups from `at` on, joined by single separators, that fits. */
function longestFit(text: string, groups: Group[], at: number, fit: Fit): Valued | undefined {
  const start = groups[at]!.start;
  const ends: number[] = [];
  for (let to = at; to < groups.length && to < at + RUN_MAX; to++) {
    if (to > at && !/^(?:[ \u00a0.\-–/]|\s-\s)$/.test(text.slice(groups[to - 1]!.end, groups[to]!.start))) break;
    ends.push(groups[to]!.end);
  }
  for (const end of ends.reverse()) {
    const raw = text.slice(start, end);
    const score = fit(raw.replace(/[\s.\-–/]/g, '').toUpperCase(), raw);
    if (score > 0) return { start, end, score };
  }
  return undefined;
}

/** The index of the first group that starts at an offset or after it. */
function firstGroup(groups: Group[], offset: number): number {
  let [low, high] = [0, groups.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (groups[middle]!.start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the words right before an offset say that what follows is something else than `type`: "order number 123-45-6789". */
export function saidOtherwise({ text, labels }: Reading, start: number, type?: PiiType): boolean {
  for (let at = labels.length - 1; at >= 0; at--) {
    const label = labels[at]!;
    if (label.end > start) continue;
    if (start - label.end > 24) return false;
    return (
      (type === undefined ? label.says === 'other' : label.says !== type) && TIGHT.test(text.slice(label.end, start))
    );
  }
  return false;
}

/** Whether one of the types is named within some characters of an offset, on either side. */
export function named({ labels }: Reading, start: number, within: number, ...types: PiiType[]): boolean {
  return labels.some(
    (label) => types.includes(label.says as PiiType) && label.end > start - within && label.start < start + within,
  );
}
