import { drawsOf } from '../../llm/draws.ts';
import { fill } from '../fill.ts';
import type { Slots } from '../fill.ts';

export type Plant = 'number' | 'entity' | 'negation' | 'invented' | 'relation' | 'contradiction';

/**
 * A hand-written frame whose slots are filled once, the same in all its texts. `answer` says only what the source says; each of `planted` is a
 * sentence that the source does not bear out, put for the sentence of the answer with the same index, or after the last one at index -1.
 * `offTopic` is true to the source and does not answer the query.
 */
export type GroundingFrame = {
  facts: Slots;
  source: string;
  query: string;
  answer: string[];
  planted: { kind: Plant; at: number; sentence: string }[];
  offTopic: string;
};

/** The same answer twice, once with a planted false sentence, and a third that is true and beside the point. */
export type Twin = { source: string; query: string; faithful: string; planted: string; kind: Plant; offTopic: string };

/** Different words for the slots of one text: a fact must not be drawn twice where the frame tells two apart. */
function filled(frame: GroundingFrame, seed: number): (text: string) => string {
  const draws = drawsOf(seed);
  const facts: Slots = {};
  const taken = new Set<string>();
  for (const [name, words] of Object.entries(frame.facts)) {
    const word = draws.pick(words.filter((each) => !taken.has(each)));
    taken.add(word);
    facts[name] = [word];
  }
  return (text) => fill(text, facts, draws);
}

/** One twin for each planted sentence of each frame, each with facts of its own: the same seed makes the same. */
export function twins(frames: GroundingFrame[], seed: number): Twin[] {
  return frames.flatMap((frame, index) =>
    frame.planted.map(({ kind, at, sentence }, nth) => {
      const say = filled(frame, seed * 149 + index * 17 + nth);
      const wrong = at < 0 ? [...frame.answer, sentence] : frame.answer.with(at, sentence);
      return {
        source: say(frame.source),
        query: say(frame.query),
        faithful: say(frame.answer.join(' ')),
        planted: say(wrong.join(' ')),
        kind,
        offTopic: say(frame.offTopic),
      };
    }),
  );
}
