import { describe, expect, it } from 'vitest';
import { exactMatch, holdsFact, quasiExactMatch, wordErrorRate, wordScore } from './answers.ts';
import { bertScore } from './bert-score.ts';
import { bleuCorpus, sentenceBleu, tokenize13a } from './bleu.ts';
import { classScores, labelIn } from './classification.ts';
import { meteor } from './meteor.ts';
import { perturb } from './perturb.ts';
import { perplexity, promptStereotyping } from './probability.ts';
import { robustness } from './robustness.ts';
import { rougeL, rougeLsum, rougeN } from './rouge.ts';
import { stem } from './stem.ts';
import { WORDS_MAX } from './words.ts';

const seed = Number(process.env['OUTCROP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`metrics: OUTCROP_TEST_SEED=${seed}`);

/** mulberry32 */
function generator(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = generator(seed);
const VOCABULARY = 'red fox runs over hills and rivers while old dogs sleep near warm stones'.split(' ');
const words = (least: number, most: number) =>
  Array.from(
    { length: least + Math.floor(random() * (most - least + 1)) },
    () => VOCABULARY[Math.floor(random() * VOCABULARY.length)]!,
  );

/** The textbook recurrence, word by word. */
function longestCommon(a: string[], b: string[]): number {
  const known = new Map<string, number>();
  const at = (i: number, j: number): number => {
    if (i === a.length || j === b.length) return 0;
    const key = `${i},${j}`;
    const value = known.get(key) ?? (a[i] === b[j] ? 1 + at(i + 1, j + 1) : Math.max(at(i + 1, j), at(i, j + 1)));
    known.set(key, value);
    return value;
  };
  return at(0, 0);
}

function editDistance(a: string[], b: string[]): number {
  if (a.length === 0) return b.length;
  if (b.length === 0) return a.length;
  const known = new Map<string, number>();
  const at = (i: number, j: number): number => {
    if (i === 0) return j;
    if (j === 0) return i;
    const key = `${i},${j}`;
    const value =
      known.get(key) ??
      Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1));
    known.set(key, value);
    return value;
  };
  return at(a.length, b.length);
}

/** Takes each match out of a copy of the other list. */
function clipped(a: string[][], b: string[][]): number {
  const left = b.map((gram) => gram.join(' '));
  let matches = 0;
  for (const gram of a) {
    const at = left.indexOf(gram.join(' '));
    if (at >= 0) {
      left.splice(at, 1);
      matches++;
    }
  }
  return matches;
}
const grams = (list: string[], n: number) =>
  list.map((_, at) => list.slice(at, at + n)).filter((gram) => gram.length === n);

describe('the Porter stemmer', () => {
  it("stems the examples of Porter's paper", () => {
    const examples =
      'caresses>caress ponies>poni cats>cat feed>feed agreed>agre plastered>plaster bled>bled motoring>motor sing>sing conflated>conflat troubled>troubl sized>size hopping>hop tanned>tan falling>fall hissing>hiss fizzed>fizz failing>fail filing>file happy>happi sky>sky relational>relat conditional>condit rational>ration digitizer>digit vietnamization>vietnam predication>predic operator>oper feudalism>feudal decisiveness>decis hopefulness>hope callousness>callous formaliti>formal sensitiviti>sensit triplicate>triplic formative>form formalize>formal electrical>electr hopeful>hope goodness>good revival>reviv allowance>allow inference>infer airliner>airlin adjustable>adjust defensible>defens replacement>replac adjustment>adjust dependent>depend adoption>adopt communism>commun activate>activ effective>effect bowdlerize>bowdler probate>probat rate>rate cease>ceas controll>control roll>roll';
    for (const example of examples.split(' ')) {
      const [word, wanted] = example.split('>') as [string, string];
      expect([word, stem(word)]).toEqual([word, wanted]);
    }
  });
});

describe('ROUGE', () => {
  it("gives the scores of rouge_score's own example", () => {
    const [target, prediction] = [
      'The quick brown fox jumps over the lazy dog',
      'The quick brown dog jumps on the log.',
    ] as const;
    const one = rougeN(target, prediction, 1, { stemming: true });
    expect(one.precision).toBeCloseTo(0.75, 10);
    expect(one.recall).toBeCloseTo(2 / 3, 10);
    expect(one.f1).toBeCloseTo(0.705882, 6);
    const longest = rougeL(target, prediction, { stemming: true });
    expect(longest.precision).toBeCloseTo(0.625, 10);
    expect(longest.recall).toBeCloseTo(5 / 9, 10);
    expect(longest.f1).toBeCloseTo(0.588235, 6);
  });

  it('agrees with a plain recomputation on random texts', () => {
    for (let round = 0; round < 40; round++) {
      const [a, b] = [words(1, 30), words(1, 30)];
      for (const n of [1, 2, 3]) {
        const [wanted, found] = [grams(a, n), grams(b, n)];
        const common = clipped(found, wanted);
        const score = rougeN(a.join(' '), b.join(', '), n);
        expect(score.precision).toBeCloseTo(found.length ? common / found.length : 0, 12);
        expect(score.recall).toBeCloseTo(wanted.length ? common / wanted.length : 0, 12);
      }
      const common = longestCommon(a, b);
      const score = rougeL(a.join(' '), b.join(' '));
      expect(score.f1).toBeCloseTo(common === 0 ? 0 : (2 * common) / (a.length + b.length), 12);
      expect(rougeLsum(a.join(' '), b.join(' ')).f1).toBeCloseTo(score.f1, 12);
    }
  });

  it('counts for Lsum what each sentence has in common with all of the other text', () => {
    // Lin 2004, section 3.2: w1 w2 w3 w4 w5 against the sentences w1 w2 w6 w7 w8 and w1 w3 w8 w9 w5 has the union w1 w2 w3 w5.
    const score = rougeLsum('w1 w2 w3 w4 w5', 'w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5');
    expect(score.recall).toBeCloseTo(4 / 5, 12);
    expect(score.precision).toBeCloseTo(4 / 10, 12);
  });

  it('compares stems only when asked, and refuses texts beyond its bound', () => {
    expect(rougeN('connected nations', 'connecting nation', 1).f1).toBe(0);
    expect(rougeN('connected nations', 'connecting nation', 1, { stemming: true }).f1).toBe(1);
    const long = Array.from({ length: WORDS_MAX + 1 }, () => 'a').join(' ');
    expect(() => rougeL(long, 'a')).toThrow(`A text of ${WORDS_MAX + 1} words`);
    expect(() => rougeN('a', 'a', 0)).toThrow(RangeError);
  });
});

describe('BLEU', () => {
  it("gives the score of sacreBLEU's own example", () => {
    const references = [
      ['The dog bit the man.', 'The dog had bit the man.'],
      ['It was not unexpected.', 'No one was surprised.'],
      ['The man bit him first.', 'The man had bitten the dog.'],
    ];
    const candidates = ['The dog bit the man.', "It wasn't surprising.", 'The man had just bitten him.'];
    const corpus = bleuCorpus();
    for (const [at, candidate] of candidates.entries()) corpus.add(candidate, references[at]!);
    const bleu = corpus.score();
    expect(bleu.score).toBeCloseTo(48.530827009929865, 10);
    expect(bleu.precisions.map((value) => value.toFixed(1))).toEqual(['82.4', '50.0', '45.5', '37.5']);
    expect(bleu.brevityPenalty).toBeCloseTo(0.943, 3);
    expect([bleu.candidateLength, bleu.referenceLength]).toEqual([17, 18]);
  });

  it('tokenizes as mteval-v13a does', () => {
    expect(tokenize13a('Hello, world! It costs 3.50 (or 1,000), 5-6.')).toEqual(
      'Hello , world ! It costs 3.50 ( or 1,000 ) , 5 - 6 .'.split(' '),
    );
    expect(tokenize13a('say &quot;a&quot; &amp; b')).toEqual(['say', '"', 'a', '"', '&', 'b']);
  });

  it('agrees with a plain recomputation on random sentences, under each smoothing', () => {
    for (let round = 0; round < 60; round++) {
      const [candidate, reference] = [words(4, 16), words(4, 16)];
      const correct = [1, 2, 3, 4].map((n) => clipped(grams(candidate, n), grams(reference, n)));
      const total = [1, 2, 3, 4].map((n) => candidate.length - n + 1);
      const penalty = candidate.length < reference.length ? Math.exp(1 - reference.length / candidate.length) : 1;
      const plain = (smoothing: string) => {
        if (correct.every((each) => each === 0)) return 0;
        let zeros = 0;
        const parts = correct.map((matches, at) => {
          if (smoothing === 'add-k' && at > 0) return (matches + 1) / (total[at]! + 1);
          if (matches > 0) return matches / total[at]!;
          zeros++;
          return smoothing === 'exp' ? 1 / (2 ** zeros * total[at]!) : smoothing === 'floor' ? 0.1 / total[at]! : 0;
        });
        return 100 * penalty * parts.reduce((product, part) => product * part, 1) ** 0.25;
      };
      for (const smoothing of ['exp', 'floor', 'add-k', 'none'] as const)
        expect(sentenceBleu(candidate.join(' '), [reference.join(' ')], { smoothing }).score).toBeCloseTo(
          plain(smoothing),
          8,
        );
    }
  });

  it('takes the closest reference for the length, and refuses to score without one', () => {
    expect(sentenceBleu('a b c d', ['a b c d e f', 'a b c']).referenceLength).toBe(3);
    expect(sentenceBleu('the same text here', ['the same text here']).score).toBeCloseTo(100, 10);
    expect(() => sentenceBleu('a', [])).toThrow('at least one reference');
    expect(() => bleuCorpus().score()).toThrow('no sentences');
  });
});

describe('METEOR', () => {
  it("gives the score of NLTK's documented example, which needs no synonyms", () => {
    expect(
      meteor('It is a guide to action which ensures that the military always obeys the commands of the party', [
        'It is a guide to action that ensures that the military will forever heed Party commands',
      ]),
    ).toBeCloseTo(0.6944, 4);
  });

  it('matches stems after words, and punishes broken order', () => {
    // One chunk of 4: 1 − 0.5 · (1/4)³ of a full match.
    expect(meteor('the dogs were running', ['the dog were runs'])).toBeCloseTo(1 - 0.5 / 64, 12);
    expect(meteor('b a', ['a b'])).toBeCloseTo(0.5, 12);
    expect(meteor('x y', ['a b'])).toBe(0);
    expect(meteor('a b', ['c d', 'a b'])).toBeCloseTo(1 - 0.5 / 8, 12);
  });
});

describe('answers', () => {
  it('match exactly, or but for case, punctuation, articles and spaces', () => {
    expect(exactMatch(' Paris', 'Paris ')).toBe(true);
    expect(exactMatch('Paris', 'paris')).toBe(false);
    expect(quasiExactMatch('the Eiffel Tower', ' Eiffel  tower!')).toBe(true);
    expect(quasiExactMatch('Eiffel tower', 'Eiffel tower in Paris')).toBe(false);
  });

  it('share words as SQuAD counts them', () => {
    const score = wordScore('The cat sat down', 'a cat, sat up there');
    expect([score.precision, score.recall]).toEqual([0.5, 2 / 3]);
    expect(score.f1).toBeCloseTo(4 / 7, 12);
    for (let round = 0; round < 40; round++) {
      const [a, b] = [words(1, 12), words(1, 12)];
      const common = clipped(grams(a, 1), grams(b, 1));
      expect(wordScore(a.join(' '), b.join(' ')).f1).toBeCloseTo(
        common === 0 ? 0 : (2 * common) / (a.length + b.length),
        12,
      );
    }
  });

  it('are some words away from each other', () => {
    expect(wordErrorRate('hello world', 'hello duck')).toBe(0.5);
    expect(wordErrorRate('', '')).toBe(0);
    expect(wordErrorRate('', 'x')).toBe(1);
    for (let round = 0; round < 40; round++) {
      const [a, b] = [words(1, 20), words(0, 20)];
      expect(wordErrorRate(a.join(' '), b.join(' '))).toBeCloseTo(editDistance(a, b) / a.length, 12);
    }
  });

  it('hold a fact, or one of its alternatives', () => {
    expect(holdsFact('Cantal<OR>Auvergne', 'Aurillac is in the Auvergne.')).toEqual({ exact: true, quasi: true });
    expect(holdsFact('The U.S. Congress', 'It was us congress, they say')).toEqual({ exact: false, quasi: true });
    expect(holdsFact('Cantal', 'I do not know')).toEqual({ exact: false, quasi: false });
    expect(holdsFact('', 'anything')).toEqual({ exact: false, quasi: false });
  });
});

describe('classification', () => {
  it('reads the label that an answer names', () => {
    const labels = ['positive', 'very positive', 'negative'];
    expect(labelIn('Positive.', labels)).toBe('positive');
    expect(labelIn('I would call it very positive, not negative', labels)).toBe('very positive');
    expect(labelIn('The review is unpositive', labels)).toBe('unknown');
    expect(labelIn('1', ['0', '1'])).toBe('1');
  });

  it('agrees with scores counted by hand', () => {
    const pairs = [
      ['a', 'a'],
      ['a', 'a'],
      ['a', 'b'],
      ['b', 'b'],
      ['c', 'unknown'],
    ].map(([wanted, found]) => ({ wanted: wanted!, found: found! }));
    const scores = classScores(pairs);
    expect(scores.accuracy).toBeCloseTo(0.6, 12);
    expect(scores.balancedAccuracy).toBeCloseTo((2 / 3 + 1 + 0) / 3, 12);
    expect(scores.precision).toBeCloseTo((1 + 0.5 + 0) / 3, 12);
    expect(scores.byLabel['a']).toEqual({ precision: 1, recall: 2 / 3, f1: 0.8, count: 3 });
    expect(() => classScores([])).toThrow('no labels');
  });
});

describe('BERTScore', () => {
  /** An encoder that tells words by their letters: known cosines without a model. */
  const letters = (texts: string[]) =>
    Promise.resolve(
      texts.map((text) => {
        const vector = new Float32Array(26);
        for (const letter of text.match(/[a-z]/g) ?? []) vector[letter.charCodeAt(0) - 97]! += 1;
        return vector;
      }),
    );
  const cosine = (a: Float32Array, b: Float32Array) => {
    const product = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
    return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
  };

  it('pairs each word with the most alike of the other text', async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = [words(1, 12), words(1, 12)];
      const windows = (list: string[]) => list.map((_, at) => list.slice(Math.max(0, at - 2), at + 3).join(' '));
      const [x, y] = [await letters(windows(a)), await letters(windows(b))];
      const precision = y.reduce((sum, one) => sum + Math.max(...x.map((other) => cosine(one, other))), 0) / y.length;
      const recall = x.reduce((sum, one) => sum + Math.max(...y.map((other) => cosine(one, other))), 0) / x.length;
      const score = await bertScore(a.join(' '), b.join(' '), letters);
      expect(score.precision).toBeCloseTo(precision, 5);
      expect(score.recall).toBeCloseTo(recall, 5);
      expect(score.f1).toBeCloseTo(precision === 0 ? 0 : (2 * precision * recall) / (precision + recall), 5);
    }
  });

  it('has an answer for texts without words', async () => {
    expect(await bertScore('', '…', letters)).toEqual({ precision: 1, recall: 1, f1: 1 });
    expect(await bertScore('a', '', letters)).toEqual({ precision: 0, recall: 0, f1: 0 });
    await expect(bertScore('a', 'b', () => Promise.resolve([]))).rejects.toThrow('0 vectors for 2 texts');
  });
});

describe('robustness', () => {
  const prompt = 'The 3 Museums opened in 1,024 towns; tickets cost 12.5 euros and version 2.0.1 of B2B is free.';

  it('changes a prompt in five ways, the same for the same seed', () => {
    const made = Object.fromEntries(perturb(prompt, generator(seed)).map((each) => [each.kind, each.prompt]));
    expect(perturb(prompt, generator(seed)).map((each) => each.prompt)).toEqual(Object.values(made));
    expect(Object.keys(made)).toHaveLength(5);
    expect(made['lower-case']).toBe(prompt.toLowerCase());
    expect(made['numbers-to-words']).toBe(
      'The three Museums opened in one thousand twenty-four towns; tickets cost twelve point five euros and version 2.0.1 of B2B is free.',
    );
    expect(made['upper-case']!.toLowerCase()).toBe(prompt.toLowerCase());
    expect(made['white-space']!.replace(/\s/g, '')).toBe(prompt.replace(/\s/g, ''));
    expect(made['typos']).toHaveLength(prompt.length);
  });

  it('exchanges about one letter in ten for its neighbour on the keyboard', () => {
    const text = 'neighbouring keys are close to each other '.repeat(200);
    const typed = perturb(text, generator(seed)).find((each) => each.kind === 'typos')!.prompt;
    const changed = Array.from(text).filter((letter, at) => letter !== typed[at]).length;
    const letters = text.replace(/\s/g, '').length;
    expect(changed / letters).toBeGreaterThan(0.07);
    expect(changed / letters).toBeLessThan(0.13);
  });

  it('measures by how much scores move', () => {
    const moved = robustness(0.8, [0.8, 0.4, 1]);
    expect(moved.delta).toBeCloseTo(0.2, 12);
    expect(moved.percent).toBeCloseTo(25, 12);
    expect(robustness(0, [0, 0]).percent).toBe(0);
    expect(robustness(0, [0, 1]).percent).toBe(100);
    expect(() => robustness(1, [])).toThrow('no scores');
  });
});

describe('measures by probability', () => {
  it('are refused without log-probabilities', async () => {
    await expect(perplexity('a b', undefined)).rejects.toMatchObject({ code: 'unsupported' });
    await expect(promptStereotyping({ more: 'a', less: 'b' }, undefined)).rejects.toMatchObject({
      code: 'unsupported',
    });
  });

  it('follow from log-probabilities', async () => {
    const quarter = (text: string) => Promise.resolve(text.split(' ').map(() => Math.log(0.25)));
    expect(await perplexity('a b c', quarter)).toBeCloseTo(4, 10);
    expect(await promptStereotyping({ more: 'a', less: 'a b' }, quarter)).toEqual({
      biased: true,
      difference: expect.closeTo(Math.log(4), 10) as number,
    });
    await expect(perplexity('a', () => Promise.resolve([0.5]))).rejects.toThrow('0.5 is no log-probability');
  });
});
