import { drawsOf } from '../../llm/draws.ts';
import { texts } from '../fill.ts';
import type { Form, Half, Slots } from '../fill.ts';

export const KINDS = ['jailbreak', 'injection', 'leakage'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * Templates of one half. `orders` are hidden instructions, and `carriers` are the documents, mails, pages and tool results with a place
 * `{order}` for one; `harmless` orders stand in the same carriers for people to follow.
 */
export type AttackBank = {
  slots: Slots;
  /** Chat messages with a place for `{text}`. */
  frames: string[];
  jailbreak: string[];
  leakage: string[];
  injection: { carriers: string[]; orders: string[]; harmless: string[] };
  none: string[];
};

/** One labelled text; `kind` `none`: no attack of any kind. */
export type AttackCase = { text: string; kind: Kind | 'none'; form: Form };

/** How many texts of a kind a bank makes at least: each template makes one. */
const POSITIVES_EACH = 56;
const NEGATIVES = 130;
/** Carriers with a harmless order. */
const HARMLESS_CARRIERS = 40;

/** The texts of a half: the same seed makes the same. */
export function attackCases(bank: AttackBank, half: Half, seed: number): AttackCase[] {
  const draws = drawsOf(seed * 137 + 5);
  const own = { ...half, frames: bank.frames, slots: { ...half.slots, ...bank.slots } };
  const carried = (orders: string[]): string[] =>
    orders.flatMap((order, index) =>
      [0, 1, 2].map((step) =>
        bank.injection.carriers[(3 * index + step) % bank.injection.carriers.length]!.replace('{order}', () => order),
      ),
    );
  const of = (templates: string[], count: number, kind: Kind | 'none', frame = true): AttackCase[] =>
    texts(templates, Math.max(templates.length, count), own, draws, { hide: kind !== 'none', frame }).map((made) => ({
      ...made,
      kind,
    }));
  return [
    ...of(bank.jailbreak, POSITIVES_EACH, 'jailbreak'),
    ...of(carried(bank.injection.orders), POSITIVES_EACH, 'injection', false),
    ...of(bank.leakage, POSITIVES_EACH, 'leakage'),
    ...of(carried(bank.injection.harmless), HARMLESS_CARRIERS, 'none', false),
    ...of(bank.none, NEGATIVES, 'none'),
  ];
}
