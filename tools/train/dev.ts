import { attacksDev } from '../../bench/accuracy/guardrails/attacks/attacks.dev.ts';
import { texts } from '../../bench/accuracy/guardrails/fill.ts';
import { dev } from '../../bench/accuracy/guardrails/half.dev.ts';
import { CATEGORIES, SEVERITIES } from '../../bench/accuracy/guardrails/harm/harm.ts';
import { hate } from '../../bench/accuracy/guardrails/harm/hate.dev.ts';
import { insults } from '../../bench/accuracy/guardrails/harm/insults.dev.ts';
import { misconduct } from '../../bench/accuracy/guardrails/harm/misconduct.dev.ts';
import { sexual } from '../../bench/accuracy/guardrails/harm/sexual.dev.ts';
import { violence } from '../../bench/accuracy/guardrails/harm/violence.dev.ts';
import { drawsOf } from '../../bench/accuracy/llm/draws.ts';
import type { Sample } from './material.ts';

const SEED = 11;
/** Texts of one template: plain, with hidden words, and in a longer text. */
const OF_TEMPLATE = 3;

/** The development half of the labelled sets, each template a group. A harmful text may be harmful in other ways too. */
export function devSamples(): Sample[] {
  const banks = { hate, insults, sexual, violence, misconduct };
  const harm = CATEGORIES.flatMap((category, index) => {
    const bank = banks[category];
    const half = { ...dev, slots: { ...dev.slots, ...bank.slots } };
    return ([...SEVERITIES, 'none'] as const).flatMap((severity) =>
      bank[severity].flatMap((template, at) => {
        const draws = drawsOf(SEED * 1000 + index * 100 + at);
        const varies = template.includes('{') || template.includes('^') || template.length < 300;
        const made = texts([template], varies ? OF_TEMPLATE : 1, half, draws, {
          hide: severity !== 'none',
          frame: true,
        });
        return made.map(({ text }) => ({
          text,
          labels: severity === 'none' ? [] : [category],
          unsure: severity === 'none' ? [] : CATEGORIES.filter((other) => other !== category),
          group: `dev:${category}:${severity}:${at}`,
          weight: 1 / Math.sqrt(made.length),
        }));
      }),
    );
  });
  // Templates of attacks are not open: texts that begin alike are of one.
  const attacks = attacksDev(SEED).map(({ text, kind }) => ({
    text,
    labels: kind === 'none' ? [] : [kind],
    unsure: [],
    group: `dev:${kind}:${text.slice(0, 12).toLowerCase()}`,
    weight: 0.8,
  }));
  return [...harm, ...attacks];
}
