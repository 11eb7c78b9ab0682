import { contentStems } from '../builtin/words.ts';

/** Characters of a passage, about. */
const PASSAGE_CHARACTERS = 600;
/** Passages that are looked up for a question. */
const FOUND_MAX = 4;
/** Share of the question's weight that a passage must hold. */
const HELD_SHARE_MIN = 0.5;
/** Parameters of BM25 (Robertson and Zaragoza 2009), at their usual values. */
const K1 = 1.2;
const B = 0.75;

/** Texts cut into passages and indexed by the stems of their words. */
export class Knowledge {
  readonly #passages: string[];
  readonly #lengths: number[];
  readonly #index = new Map<string, Map<number, number>>();
  readonly #mean: number;

  constructor(texts: readonly string[]) {
    this.#passages = texts.flatMap(passagesOf);
    this.#lengths = this.#passages.map((passage, at) => {
      const stems = contentStems(passage);
      for (const stem of stems) {
        const places = this.#index.get(stem) ?? new Map<number, number>();
        places.set(at, (places.get(at) ?? 0) + 1);
        this.#index.set(stem, places);
      }
      return stems.length;
    });
    this.#mean = this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, this.#lengths.length);
  }

  /** The passages that bear on a question, best first; none where nothing does. */
  find(question: string): string[] {
    const stems = [...new Set(contentStems(question))];
    const scores = new Map<number, { score: number; held: number }>();
    let asked = 0;
    for (const stem of stems) {
      const places = this.#index.get(stem);
      const rarity = Math.log(1 + (this.#passages.length - (places?.size ?? 0) + 0.5) / ((places?.size ?? 0) + 0.5));
      asked += rarity;
      for (const [at, times] of places ?? []) {
        const known = scores.get(at) ?? { score: 0, held: 0 };
        const norm = K1 * (1 - B + (B * this.#lengths[at]!) / this.#mean);
        known.score += (rarity * times * (K1 + 1)) / (times + norm);
        known.held += rarity;
        scores.set(at, known);
      }
    }
    return [...scores]
      .filter(([, { held }]) => held >= asked * HELD_SHARE_MIN)
      .sort((a, b) => b[1].score - a[1].score || a[0] - b[0])
      .slice(0, FOUND_MAX)
      .map(([at]) => this.#passages[at]!);
  }
}

/** At ends of paragraphs, else of sentences, else of words. */
function passagesOf(text: string): string[] {
  const passages: string[] = [];
  let held = '';
  for (const piece of text.split(/(?<=\n\s*\n)|(?<=[.!?]\s)/)) {
    if (held !== '' && held.length + piece.length > PASSAGE_CHARACTERS) {
      passages.push(held.trim());
      held = '';
    }
    held += piece;
    while (held.length > 2 * PASSAGE_CHARACTERS) {
      const space = held.lastIndexOf(' ', PASSAGE_CHARACTERS);
      const end = space > 0 ? space : PASSAGE_CHARACTERS;
      passages.push(held.slice(0, end).trim());
      held = held.slice(end);
    }
  }
  if (held.trim() !== '') passages.push(held.trim());
  return passages.filter((passage) => passage !== '');
}
