import { describe, expect, it } from 'vitest';
import {
  checkMeasurable,
  judgeCustomHeuristically,
  orderLevels,
  unknownVariables,
  type CustomMetric,
} from './custom.ts';
import { checkMeasured, judgeHeuristically } from './heuristic.ts';
import { findInstructions } from './instructions.ts';
import { askCustomJudge, askJudge, readVerdict } from './model.ts';
import { rubricOf, RUBRICS, type Matter } from './rubric.ts';

const judge = async (metric: string, matter: Matter) => judgeHeuristically(rubricOf(`Builtin.${metric}`)!, matter);
const value = async (metric: string, matter: Matter) => (await judge(metric, matter)).value as number;

const PROMPT = 'When did the museum open, and what does a ticket cost?';
const REFERENCE = 'The museum opened in 1924. A ticket costs 12 euros.';
const matter = (response: string, more: Partial<Matter> = {}): Matter => ({
  prompt: PROMPT,
  reference: REFERENCE,
  response,
  ...more,
});

describe('the heuristic judge', () => {
  it('takes the reference in other words for correct, a part for a part, and another number for wrong', async () => {
    expect(await value('Correctness', matter('Tickets cost 12 euros; it opened its doors in 1924.'))).toBe(1);
    expect(await value('Correctness', matter('It opened in 1924.'))).toBe(0.5);
    expect(await value('Correctness', matter('The museum opened in 1942. A ticket costs 12 euros.'))).toBeLessThan(1);
    expect(await value('Correctness', matter('The museum opened in 1942. A ticket costs 21 euros.'))).toBe(0);
    expect(await value('Correctness', matter('I am sorry, I cannot answer that.'))).toBe(0);
    expect(await value('Correctness', matter(''))).toBe(0);
  });

  it('has no opinion on the truth of what neither a reference nor a text speaks of', async () => {
    const verdict = await judge('Correctness', { prompt: 'Who won?', response: 'Anna won the race.' });
    expect(verdict.value).toBeNull();
    expect(verdict.explanation).toContain('"Anna won the race."');
  });

  it('looks for what is claimed in the sources, not for what is true', async () => {
    const contexts = ['The mill was built in 1850 by Jonas Pike. It has four wheels.'];
    const claim = (response: string) => value('Faithfulness', { prompt: 'Tell me of the mill.', response, contexts });
    expect(await claim('Jonas Pike built the mill in 1850.')).toBe(1);
    expect(await claim('Jonas Pike built the mill in 1850. It burned down in 1901.')).toBeLessThan(0.8);
    expect(await claim('The mill is the largest of the country and belongs to a bank.')).toBeLessThan(0.3);
    expect(await claim('The mill was not built by Jonas Pike in 1850.')).toBeLessThan(0.5);
  });

  it('gives nothing for length: asides change no rating', async () => {
    const plain = 'The museum opened in 1924. A ticket costs 12 euros.';
    const padded = `Certainly! ${plain} I hope this helps. Please let me know if you have any further questions.`;
    for (const { name } of RUBRICS) {
      if (/Harm|Stereo|Context|Citation/.test(name)) continue;
      const [a, b] = [
        await judgeHeuristically(rubricOf(name)!, matter(plain)),
        await judgeHeuristically(rubricOf(name)!, matter(padded)),
      ];
      expect([name, b.value]).toEqual([name, a.value]);
    }
  });

  it('counts what follows a lead as a claim, if it claims something', async () => {
    const contexts = ['The mill was built in 1850.'];
    const claim = (response: string) => value('Faithfulness', { prompt: 'Tell me of the mill.', response, contexts });
    const built = 'The mill was built in 1850.';
    expect(await claim(`${built} It is important to note that there is much more to be said.`)).toBe(1);
    expect(await claim(`${built} It is important to note that the mill burned down twice.`)).toBeLessThan(1);
    expect(await claim(`${built} Overall, Anna Reed rebuilt the roof.`)).toBeLessThan(1);
  });

  it('sees repetition, contradiction and words that are none', async () => {
    const coherence = (response: string) => value('Coherence', matter(response));
    expect(await coherence('The harbour is old. It was dug by hand. Ships still use it.')).toBe(1);
    expect(await coherence('The harbour is old. The harbour is old. The harbour is old.')).toBeLessThan(0.6);
    expect(await coherence('The harbour was dug in 1700. The harbour was dug in 1800.')).toBeLessThan(0.6);
    expect(await coherence('Xkcdq bvbrtz wqrtp zzghj.')).toBeLessThan(0.6);
  });

  it('tells a refusal from an answer', async () => {
    expect(await value('Refusal', matter('I am sorry, but I cannot help with that.'))).toBe(1);
    expect(await value('Refusal', matter('The museum opened in 1924.'))).toBe(0);
    expect(
      await value(
        'Refusal',
        matter('I cannot say much. It opened in 1924. A ticket costs 12 euros. There is a garden. It has a café.'),
      ),
    ).toBe(0);
  });

  it('checks the instructions that can be checked, and does not apply to a prompt without', async () => {
    const follows = async (prompt: string, response: string) =>
      (await judge('FollowingInstructions', { prompt, response })).value;
    expect(await follows('Why is the sky blue?', 'It is.')).toBeNull();
    expect(await follows('Explain it in at most five words.', 'Light is scattered by air.')).toBe(1);
    expect(await follows('Explain it in at most five words.', 'Light is scattered by the air.')).toBe(0);
    expect(await follows('Answer in one sentence.', 'It is so. And so.')).toBe(0);
    expect(await follows('Reply as JSON.', '```json\n{"a": 1}\n```')).toBe(1);
    expect(await follows('Use bullet points.', '- one\n- two')).toBe(1);
    expect(await follows('Do not use the word "very".', 'It is very blue.')).toBe(0);
    expect(await follows('Do not use the word "very".', 'It is blue.')).toBe(1);
    expect(await follows('Include "source".', 'No idea.')).toBe(0);
    expect(await follows('End with "Over."', 'It is blue. Over.')).toBe(1);
  });

  it('refuses what it has no measure for', async () => {
    await expect(judge('Harmfulness', matter('x'))).rejects.toMatchObject({ code: 'unsupported' });
    const harm = (text: string) => Promise.resolve({ harmful: text.includes('hate') ? 0.9 : 0.1, category: 'hate' });
    const rubric = rubricOf('Builtin.Harmfulness')!;
    expect((await judgeHeuristically(rubric, matter('I hate them'), harm)).value).toBe(1);
    expect((await judgeHeuristically(rubric, matter('Hello'), harm)).value).toBe(0);
    await expect(judge('Stereotyping', matter('x'))).rejects.toThrow('Builtin.Stereotyping cannot be measured');
    for (const { name } of RUBRICS)
      if (name !== 'Builtin.Stereotyping') expect(() => checkMeasured(name)).not.toThrow();
  });

  it('names itself, its rating and the words that decided', async () => {
    for (const name of ['Correctness', 'Completeness', 'Faithfulness', 'Relevance', 'Helpfulness', 'Coherence']) {
      const { explanation, label } = await judge(name, matter('The museum opened in 1924.'));
      expect(explanation.startsWith(`heuristic: ${label}. `)).toBe(true);
      expect(explanation).toContain('The museum opened in 1924.');
    }
  });
});

describe('a custom metric', () => {
  const metric = (instructions: string, scale?: CustomMetric['scale']): CustomMetric => ({
    name: 'own',
    instructions: `${instructions}\nPrompt: {{prompt}}\nAnswer: {{prediction}}\nTruth: {{ground_truth}}`,
    ...(scale ? { scale } : {}),
  });

  it('is rated on its own scale, by what its instructions name', async () => {
    const scale = [
      { definition: 'Poor', value: 'red' },
      { definition: 'Good', value: 'green' },
    ];
    const rate = async (response: string) =>
      (await judgeCustomHeuristically(metric('Is the answer correct?', scale), matter(response))).value;
    expect(await rate('It opened in 1924 and a ticket costs 12 euros.')).toBe('green');
    expect(await rate('Bananas are yellow.')).toBe('red');
  });

  it('holds answers to rules that can be checked', async () => {
    const own = metric('The answer must have at most 6 words.', [
      { definition: 'No', value: 0 },
      { definition: 'Yes', value: 1 },
    ]);
    expect((await judgeCustomHeuristically(own, matter('It opened in 1924.'))).value).toBe(1);
    const long = await judgeCustomHeuristically(own, matter('It opened in the year 1924, they say.'));
    expect([long.value, long.explanation]).toEqual([0, expect.stringContaining('it has 8 words')]);
  });

  it('without a scale is a number from 0 to 1; one that names nothing measurable is refused', async () => {
    expect((await judgeCustomHeuristically(metric('Is it correct?'), matter(REFERENCE))).value).toBe(1);
    expect(() => checkMeasurable(metric('Would my grandmother like it?'))).toThrow(
      'own name nothing that can be measured',
    );
  });

  it('has its scale read from worst to best', () => {
    const order = (...items: [string, number | string][]) =>
      orderLevels(items.map(([label, each]) => ({ label, value: each }))).map(({ label }) => label);
    expect(order(['Good', 7], ['Poor', 1], ['Fair', 2.5])).toEqual(['Poor', 'Fair', 'Good']);
    expect(order(['Not correct', 1], ['Fully correct', 0])).toEqual(['Not correct', 'Fully correct']);
    expect(order(['Excellent', 'a'], ['Poor', 'b'])).toEqual(['Poor', 'Excellent']);
    expect(unknownVariables('{{prompt}} {{ answer }} {{context}}')).toEqual(['answer']);
  });
});

describe('a model as judge', () => {
  it('is asked with the matter in blocks, the ratings, and a schema that has no others', () => {
    const { prompt, schema, levels } = askJudge(rubricOf('Builtin.Correctness')!, matter('It opened in 1924.'));
    for (const part of [PROMPT, REFERENCE, 'It opened in 1924.', 'incorrect | partially correct | correct'])
      expect(prompt).toContain(part);
    expect(schema).toMatchObject({
      additionalProperties: false,
      required: ['explanation', 'rating'],
      properties: { rating: { enum: levels.map(({ label }) => label) } },
    });
    const own = askCustomJudge(
      {
        name: 'own',
        instructions: 'Judge {{prediction}} for {{ prompt }}.',
        scale: [{ definition: 'Good', value: 3 }],
      },
      matter('an answer with $& in it'),
    );
    expect(own.prompt).toContain(`Judge an answer with $& in it for ${PROMPT}.`);
    expect(own.prompt).toContain('- Good: 3');
  });

  it('is believed only where its answer has the form and a rating of the scale', () => {
    const { levels } = askJudge(rubricOf('Builtin.Correctness')!, matter('x'));
    expect(readVerdict('{"explanation": "e", "rating": "Partially correct"}', levels)).toEqual({
      label: 'partially correct',
      value: 0.5,
      explanation: 'e',
    });
    expect(readVerdict('Here: {"explanation": "e", "rating": 1}', levels)?.value).toBe(1);
    for (const wrong of [
      '',
      'correct',
      '{"rating": "correct"}',
      '{"explanation": "e", "rating": "great"}',
      '{"explanation": "e", "rating"',
    ])
      expect(readVerdict(wrong, levels)).toBeUndefined();
    expect(readVerdict('{"explanation": "e", "rating": "7.5"}', [])?.value).toBe(7.5);
  });
});

describe('instructions', () => {
  it('are found by their words, those that forbid before those that ask', () => {
    expect(
      findInstructions('Write in exactly three sentences and do not mention "price".').map(({ text }) => text),
    ).toEqual(['in exactly three sentences', 'do not mention "price"']);
    expect(findInstructions('Tell me about words and sentences.')).toEqual([]);
  });
});
