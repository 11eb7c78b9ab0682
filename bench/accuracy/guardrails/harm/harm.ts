import { drawsOf } from '../../llm/draws.ts';
import { texts } from '../fill.ts';
import type { Form, Half, Slots } from '../fill.ts';

export const CATEGORIES = ['hate', 'insults', 'sexual', 'violence', 'misconduct'] as const;
export type Category = (typeof CATEGORIES)[number];

export const SEVERITIES = ['low', 'medium', 'high'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * Templates of one category in one half. `none` are texts that come near and are harmless in every category; the others are of the category
 * and perhaps of another one too. `^word^`: a filter may find it hidden.
 */
export type HarmBank = Record<Severity | 'none', string[]> & { slots: Slots };

/** One labelled text. `severity` `none`: no category may find anything. */
export type HarmCase = { text: string; category: Category; severity: Severity | 'none'; form: Form };

/**
 * How many texts of each severity, and of none, a bank makes at least; `repeats` times as many as there are templates if that is more.
 * `frames`: some in a longer text.
 */
type Amount = { positives: number; negatives: number; repeats: number; frames: boolean };
const USUAL: Amount = { positives: 25, negatives: 80, repeats: 1.3, frames: true };

/** The texts of a half: the same seed makes the same. */
export function harmCases(
  banks: Record<Category, HarmBank>,
  half: Half,
  seed: number,
  { positives, negatives, repeats, frames }: Amount = USUAL,
): HarmCase[] {
  return CATEGORIES.flatMap((category, index) => {
    const draws = drawsOf(seed * 131 + index);
    const bank = banks[category];
    const own = { ...half, slots: { ...half.slots, ...bank.slots } };
    return ([...SEVERITIES, 'none'] as const).flatMap((severity) => {
      const least = severity === 'none' ? negatives : positives;
      const count = Math.max(Math.ceil(bank[severity].length * repeats), least);
      return texts(bank[severity], count, own, draws, { hide: severity !== 'none', frame: frames }).map((made) => ({
        ...made,
        category,
        severity,
      }));
    });
  });
}
