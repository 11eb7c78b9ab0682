import type { EvaluationTaskType } from '@aws-sdk/client-bedrock';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import {
  BUCKET,
  BUILTIN,
  JUDGE,
  judged,
  materials,
  mean,
  measured,
  scoresOf,
  startEvaluations,
  STRONG,
  WEAK,
  type Row,
} from '../../src/services/bedrock/evaluation/evaluation.fixture.ts';
import { ACCOUNT } from '../identities.ts';

const stack = await startEvaluations('bedrock-evaluation');
const { random, pick, between, answering, spoken, s3, upstream, upload, create, ended, output, brought, report } =
  stack;
const { TOWNS, THINGS, facts, graded } = materials(stack);
const shuffled = <T>(list: readonly T[]): T[] => {
  const left = [...list];
  return list.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
};

/** Plain F1 over words, as SQuAD normalises them. */
function plainF1(a: string, b: string): number {
  const words = (text: string) =>
    text
      .toLowerCase()
      .replace(/[^\w\s]|_/g, '')
      .split(/\s+/)
      .filter((word) => word !== '' && !['a', 'an', 'the'].includes(word));
  const [x, y] = [words(a), words(b)];
  const left = [...y];
  const common = x.filter((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  }).length;
  return common === 0 ? 0 : (2 * common) / (x.length + y.length);
}

const WORDS = ['zero', 'one', 'two', 'three', 'four'];

type Conversation = {
  conversationTurns: {
    inputRecord: { prompt: { content: { text: string }[] } };
    output: { knowledgeBaseIdentifier: string };
    results: { metricName: string; result: number; evaluatorDetails: object[] }[];
  }[];
};

describe('bedrock-eval-auto', () => {
  it('bedrock-eval-auto.1: accuracy and robustness of each prompt are in S3, and equal a recomputation from what was said', async () => {
    const lines = facts(5);
    answering['strong'] = (prompt) => {
      const year = /\d{4}/.exec(prompt)?.[0];
      return year === undefined ? 'I cannot tell.' : `It was built in ${year}.`;
    };
    spoken.length = 0;
    const uri = await upload(
      lines.map(({ prompt, reference }) => ({ prompt, referenceResponse: `in ${reference}`, category: 'History' })),
    );
    const { jobArn, jobName } = await create(
      measured(STRONG, uri, 'QuestionAndAnswer', ['Builtin.Accuracy', 'Builtin.Robustness']),
    );
    expect(jobArn).toMatch(new RegExp(`^arn:aws:bedrock:us-east-1:${ACCOUNT}:evaluation-job/[a-z0-9]{12}$`));
    const job = await ended(jobArn);
    expect([job.status, job.failureMessages, job.jobType, job.applicationType]).toEqual([
      'Completed',
      undefined,
      'Automated',
      'ModelEvaluation',
    ]);
    const { keys, rows } = await output(jobName);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(
      new RegExp(
        `^out/${jobName}/[0-9a-f-]{36}/models/meta\\.llama3-70b-instruct-v1:0/taskTypes/QuestionAndAnswer/datasets/own/[0-9a-f-]{36}_output\\.jsonl$`,
      ),
    );
    expect(rows).toHaveLength(lines.length);
    for (const [at, row] of rows.entries()) {
      const { prompt, reference } = lines[at]!;
      expect(row.inputRecord).toEqual({ prompt, referenceResponse: `in ${reference}`, category: 'History' });
      expect(row.modelResponses[0]!.modelIdentifier).toBe(`arn:aws:bedrock:us-east-1::foundation-model/${STRONG}`);
      const first = spoken.findIndex((each) => each.prompt === prompt);
      expect(row.modelResponses[0]!.response).toBe(spoken[first]!.answer);
      const own = plainF1(`in ${reference}`, spoken[first]!.answer);
      // The changed prompts still have the number of the question, which tells them apart.
      const changed = spoken.filter(
        (each, index) =>
          (index !== first && each.prompt.replace(/\s/g, '').toLowerCase().endsWith(`(${at})`)) ||
          (index !== first && each.prompt.endsWith(`(${WORDS[at]})`)),
      );
      expect(changed).toHaveLength(5);
      const delta = mean(changed.map((each) => Math.abs(own - plainF1(`in ${reference}`, each.answer))));
      expect(scoresOf([row], 'Accuracy')[0]).toBeCloseTo(own, 10);
      expect(scoresOf([row], 'Robustness')[0]).toBeCloseTo((100 * delta) / own, 10);
    }
    const [summary] = (await report(jobName)).datasets;
    expect(summary).toMatchObject({ dataset: 'own', source: STRONG, prompts: 5, answered: 5 });
    expect(summary.metrics[0]).toEqual({
      metricName: 'Accuracy',
      average: expect.closeTo(mean(scoresOf(rows, 'Accuracy')), 10),
      byCategory: { History: expect.closeTo(mean(scoresOf(rows, 'Accuracy')), 10) },
    });
    // ROUGE-1 of `in <year>` against `It was built in <year>.`: 2 words in common of 2 and of 5; BLEU by its definition.
    expect(summary.overlap.rouge1).toBeCloseTo((2 * 2) / 7, 10);
    expect(summary.overlap.rouge2).toBeCloseTo((2 * 1) / 5, 10);
    expect(summary.overlap.rougeL).toBeCloseTo((2 * 2) / 7, 10);
    // Words of the answers: It was built in <year> and the full stop; of n-grams 2 of 6, 1 of 5, then 0 of 4 and 0 of 3, halved and quartered.
    const lines5 = lines.length;
    const precisions = [2 / 6, 1 / 5, 1 / (2 * 4 * lines5), 1 / (4 * 3 * lines5)];
    expect(summary.overlap.bleu).toBeCloseTo(100 * precisions.reduce((product, each) => product * each, 1) ** 0.25, 8);
  });

  it('bedrock-eval-auto.1: the toxicity of each answer is in S3, high for insults and threats, low for what only speaks of them', async () => {
    const toxic = [
      'You are a worthless idiot and everybody despises you.',
      'Shut up, you stupid moron, nobody wants to hear your garbage.',
      'I will beat you until you cannot walk any more.',
    ];
    const harmless = [
      'The library opens at nine and closes at six.',
      'Bullying is wrong; please speak with a teacher if someone insults you.',
      'The boxer won the match in the third round.',
    ];
    const answers = new Map(
      [...toxic, ...harmless].map((said, at) => [`Say sentence ${at} of ${between(1, 1e6)}.`, said]),
    );
    answering['strong'] = (prompt) => answers.get(prompt)!;
    const uri = await upload(shuffled([...answers.keys()]).map((prompt) => ({ prompt })));
    const { jobArn, jobName } = await create(measured(STRONG, uri, 'Generation', ['Builtin.Toxicity']));
    expect((await ended(jobArn)).failureMessages).toBeUndefined();
    const { rows } = await output(jobName);
    const scoreOf = new Map(rows.map((row) => [row.modelResponses[0]!.response!, scoresOf([row], 'Toxicity')[0]!]));
    const lowest = Math.min(...toxic.map((said) => scoreOf.get(said)!));
    const highest = Math.max(...harmless.map((said) => scoreOf.get(said)!));
    expect(highest).toBeLessThan(lowest);
    expect(mean(toxic.map((said) => scoreOf.get(said)!))).toBeGreaterThan(0.5);
    expect(mean(harmless.map((said) => scoreOf.get(said)!))).toBeLessThan(0.3);
  });

  it('bedrock-eval-auto.2: of a strong and a weakened model the strong one is ranked first on every task type, and typos cost what the scenario measures', async () => {
    const tasks = {
      QuestionAndAnswer: facts(6),
      Generation: facts(6),
      Classification: Array.from({ length: 8 }, (_, at) => {
        const good = random() < 0.5;
        const text = `${at}: The ${pick(THINGS)} in ${pick(TOWNS)} was ${good ? pick(['lovely', 'a joy']) : pick(['dreadful', 'a bore'])}.`;
        return { prompt: `Is this review positive or negative?\n${text}`, reference: good ? 'positive' : 'negative' };
      }),
      Summarization: Array.from({ length: 3 }, () => {
        const { text } = facts(1)[0]!;
        return {
          prompt: `Summarize: ${text} It rained on the day of its opening. Many people came to see it.`,
          reference: text,
        };
      }),
    };
    const right = new Map(
      Object.values(tasks)
        .flat()
        .map(({ prompt, reference }) => [prompt, reference]),
    );
    const loose = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
    answering['strong'] = (prompt) => {
      const known = [...right.keys()].find((each) => loose(each).slice(0, 12) === loose(prompt).slice(0, 12));
      return right.get(prompt) ?? (known === undefined ? 'I am not sure.' : right.get(known)!);
    };
    const order = [...right.keys()];
    // Every other prompt is answered wrongly, and every one that is not written as it was.
    answering['weak'] = (prompt) => {
      const at = order.indexOf(prompt);
      return at >= 0 && at % 2 === 0 ? right.get(prompt)! : 'Nobody in the office knows anything of that matter.';
    };
    for (const [taskType, lines] of Object.entries(tasks)) {
      const uri = await upload(lines.map(({ prompt, reference }) => ({ prompt, referenceResponse: reference })));
      const found: Record<string, Row[]> = {};
      for (const [name, model] of [
        ['strong', STRONG],
        ['weak', WEAK],
      ] as const) {
        spoken.length = 0;
        const { jobArn, jobName } = await create(
          measured(model, uri, taskType as EvaluationTaskType, ['Builtin.Accuracy', 'Builtin.Robustness']),
        );
        expect((await ended(jobArn)).status).toBe('Completed');
        const { rows } = await output(jobName);
        found[name] = rows;
        if (taskType !== 'QuestionAndAnswer' || name !== 'weak') continue;
        for (const [at, row] of rows.entries()) {
          const { prompt, reference } = lines[at]!;
          const own = plainF1(reference, answering['weak'](prompt));
          // The weak model answers changed prompts alike, whatever they are.
          const unchanged = spoken.filter((each) => each.prompt === prompt).length - 1;
          const delta = (Math.abs(own - 0) * (5 - unchanged)) / 5;
          expect(scoresOf([row], 'Robustness')[0]).toBeCloseTo(own === 0 ? 0 : (100 * delta) / own, 10);
        }
      }
      const [strong, weak] = [mean(scoresOf(found['strong']!, 'Accuracy')), mean(scoresOf(found['weak']!, 'Accuracy'))];
      expect([taskType, strong > weak]).toEqual([taskType, true]);
      expect(strong).toBeGreaterThan(0.99);
      expect(weak).toBeLessThan(taskType === 'Summarization' ? 0.85 : 0.65);
    }
  }, 120_000);

  it('bedrock-eval-auto.3: of a RAG source that brings its own results, coverage and faithfulness fall with planted faults and rise when they are mended', async () => {
    const questions = Array.from({ length: 8 }, () => {
      const [thing, town, year, price] = [pick(THINGS), pick(TOWNS), between(1500, 1999), between(3, 60)];
      return {
        prompt: `When was the ${thing} of ${town} built and what does a ticket cost?`,
        reference: `The ${thing} was built in ${year}. A ticket costs ${price} euros.`,
        passages: [
          `The ${thing} of ${town} was built in ${year}, as the chronicle tells.`,
          `A ticket to the ${thing} of ${town} costs ${price} euros.`,
        ],
        noise: ['The stock exchange opens early on weekdays.', 'Bananas are grown in warm countries.'],
      };
    });
    const lines = (faulty: boolean, generates: boolean) =>
      questions.map(({ prompt, reference, passages, noise }) => {
        const retrievalResults = (faulty ? noise : passages).map((text) => ({ content: { text } }));
        return {
          conversationTurns: [
            {
              prompt: { content: [{ text: prompt }] },
              referenceResponses: [{ content: [{ text: reference }] }],
              output: generates
                ? {
                    text: reference,
                    knowledgeBaseIdentifier: 'own-rag',
                    retrievedPassages: { retrievalResults },
                    citations: [
                      {
                        generatedResponsePart: { textResponsePart: { text: reference } },
                        retrievedReferences: retrievalResults,
                      },
                    ],
                  }
                : { knowledgeBaseIdentifier: 'own-rag', retrievedResults: { retrievalResults } },
            },
          ],
        };
      });
    const evaluate = async (faulty: boolean, generates: boolean, metricNames: string[]) => {
      const s3Uri = await upload(lines(faulty, generates));
      const source = { ragSourceIdentifier: 'own-rag' };
      const { jobArn, jobName } = await create({
        applicationType: 'RagEvaluation',
        evaluationConfig: {
          automated: {
            datasetMetricConfigs: [
              { taskType: 'Custom', dataset: { name: 'questions', datasetLocation: { s3Uri } }, metricNames },
            ],
            evaluatorModelConfig: { bedrockEvaluatorModels: [{ modelIdentifier: BUILTIN }] },
          },
        },
        inferenceConfig: {
          ragConfigs: [
            {
              precomputedRagSourceConfig: generates
                ? { retrieveAndGenerateSourceConfig: source }
                : { retrieveSourceConfig: source },
            },
          ],
        },
      });
      const job = await ended(jobArn);
      expect([job.status, job.failureMessages, job.applicationType]).toEqual(['Completed', undefined, 'RagEvaluation']);
      const { rows } = await output(jobName);
      const turns = (rows as unknown as Conversation[]).map(({ conversationTurns }) => conversationTurns[0]!);
      expect(turns.map(({ inputRecord }) => inputRecord.prompt.content[0]!.text)).toEqual(
        questions.map(({ prompt }) => prompt),
      );
      expect(turns.every(({ output }) => output.knowledgeBaseIdentifier === 'own-rag')).toBe(true);
      return Object.fromEntries(
        metricNames.map((metric) => [
          metric,
          mean(turns.map(({ results }) => results.find(({ metricName }) => metricName === metric)!.result)),
        ]),
      );
    };
    const retrieval = ['Builtin.ContextCoverage', 'Builtin.ContextRelevance'];
    const answers = [
      'Builtin.Faithfulness',
      'Builtin.CitationPrecision',
      'Builtin.CitationCoverage',
      'Builtin.Correctness',
    ];
    const [bad, good] = [await evaluate(true, false, retrieval), await evaluate(false, false, retrieval)];
    const [made, told] = [await evaluate(true, true, answers), await evaluate(false, true, answers)];
    for (const metric of retrieval) expect([metric, good[metric]! - bad[metric]! > 0.5]).toEqual([metric, true]);
    for (const metric of answers.slice(0, 3))
      expect([metric, told[metric]! - made[metric]! > 0.5]).toEqual([metric, true]);
    // What is true stays true, wherever it is from.
    expect([made['Builtin.Correctness'], told['Builtin.Correctness']]).toEqual([1, 1]);
  });
});

/** Mean rank of equal values. */
function ranks(values: number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}
/** Spearman's rank correlation. */
function rankCorrelation(a: number[], b: number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const [mx, my] = [mean(x), mean(y)];
  const product = (p: number[], q: number[], mp: number, mq: number) =>
    p.reduce((sum, value, at) => sum + (value - mp) * (q[at]! - mq), 0);
  return product(x, y, mx, my) / Math.sqrt(product(x, x, mx, mx) * product(y, y, my, my));
}

const FILLER = [
  'I hope this helps.',
  'Please let me know if you have any further questions.',
  'It is important to note that there is much more to be said.',
  'Thank you for your question.',
  'As an AI model I am happy to assist you with this.',
  'Feel free to ask about anything else.',
];

const QUALITY = [
  'Builtin.Correctness',
  'Builtin.Completeness',
  'Builtin.Helpfulness',
  'Builtin.Relevance',
  'Builtin.Coherence',
];

describe('bedrock-eval-judge', () => {
  it('bedrock-eval-judge.1: a judge ranks 60 answers of known quality, quotes them, and its scores of each metric are in S3', async () => {
    const items = shuffled(Array.from({ length: 60 }, (_, at) => graded(at % 5, at)));
    const { jobArn, jobName } = await create(judged(BUILTIN, await brought(items), QUALITY));
    const job = await ended(jobArn);
    expect([job.status, job.failureMessages]).toEqual(['Completed', undefined]);
    const { rows, keys } = await output(jobName);
    expect(keys[0]).toContain('/models/my-app/taskTypes/Generation/datasets/graded/');
    expect(rows).toHaveLength(60);
    const totals = rows.map((row) => mean(QUALITY.map((metric) => scoresOf([row], metric)[0]!)));
    const correlation = rankCorrelation(
      totals,
      items.map(({ level }) => level),
    );
    console.log(`rank correlation with known quality: ${correlation.toFixed(3)}`);
    expect(correlation).toBeGreaterThanOrEqual(0.7);
    for (const [at, row] of rows.entries()) {
      expect(row.automatedEvaluationResult.scores.map(({ metricName }) => metricName)).toEqual(QUALITY);
      for (const { evaluatorDetails } of row.automatedEvaluationResult.scores) {
        expect(evaluatorDetails).toEqual([
          { modelIdentifier: BUILTIN, explanation: expect.stringMatching(/^heuristic: /) as string },
        ]);
        const quoted = [...evaluatorDetails![0]!.explanation.matchAll(/"([^"]+)"/g)].map(([, text]) => text!);
        expect(quoted.some((text) => items[at]!.answer.includes(text.replace(/…$/, '')))).toBe(true);
      }
    }
  });

  it('bedrock-eval-judge.2: padding and order move the mean by less than a tenth, and a custom metric keeps to its scale in every row', async () => {
    const items = Array.from({ length: 30 }, (_, at) => graded(at % 5, at));
    const padded = shuffled(items).map((item) => ({
      ...item,
      answer: [pick(FILLER), item.answer, pick(FILLER), pick(FILLER)].join(' '),
    }));
    const scale = [
      { definition: 'Poor', value: { floatValue: 1 } },
      { definition: 'Fair', value: { floatValue: 2.5 } },
      { definition: 'Good', value: { floatValue: 7 } },
    ];
    const means: number[][] = [];
    for (const set of [items, padded]) {
      const config = judged(BUILTIN, await brought(set), [...QUALITY, 'facts_told']);
      config.evaluationConfig!.automated!.customMetricConfig = {
        customMetrics: [
          {
            customMetricDefinition: {
              name: 'facts_told',
              instructions:
                'You check whether an answer is factually correct and complete.\n\nQuestion: {{prompt}}\nTruth: {{ground_truth}}\nAnswer: {{prediction}}',
              ratingScale: scale,
            },
          },
        ],
        evaluatorModelConfig: { bedrockEvaluatorModels: [{ modelIdentifier: BUILTIN }] },
      };
      const { jobArn, jobName } = await create(config);
      expect((await ended(jobArn)).failureMessages).toBeUndefined();
      const { rows } = await output(jobName);
      means.push([...QUALITY, 'facts_told'].map((metric) => mean(scoresOf(rows, metric))));
      const ratings = scoresOf(rows, 'facts_told');
      expect(ratings.every((rating) => [1, 2.5, 7].includes(rating))).toBe(true);
      expect(
        rankCorrelation(
          ratings,
          set.map(({ level }) => level),
        ),
      ).toBeGreaterThan(0.7);
      const { Body } = await s3.send(
        new GetObjectCommand({
          Bucket: BUCKET,
          Key: (await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: `out/${jobName}/` })))
            .Contents!.map(({ Key }) => Key!)
            .find((key) => key.endsWith('/custom_metrics/facts_told.json'))!,
        }),
      );
      expect(JSON.parse(await Body!.transformToString())).toMatchObject({
        customMetricDefinition: { ratingScale: scale },
      });
    }
    for (const [at, before] of means[0]!.entries()) {
      const metric = [...QUALITY, 'facts_told'][at];
      expect([metric, Math.abs(means[1]![at]! - before) / before < 0.1]).toEqual([metric, true]);
    }
  });

  it('a language model judges by the schema it is given, is asked again when it strays, and yields no rating off the scale', async () => {
    const items = Array.from({ length: 4 }, (_, at) => graded(at, at));
    const asked: string[] = [];
    answering['judge'] = (prompt) => {
      if (prompt.startsWith('Reply with')) return 'ready';
      asked.push(prompt);
      const response = /<response_to_judge>\n([\s\S]*?)\n<\/response_to_judge>/.exec(prompt)![1]!;
      const at = items.findIndex(({ answer }) => answer === response);
      const again = asked.filter((each) => each === prompt).length > 1;
      if (at === 0) return `{"explanation": "It says \\"${response}\\".", "rating": "incorrect"}`;
      if (at === 1 && !again) return 'I would say that this is quite good.';
      if (at === 2) return '{"explanation": "Nine out of ten.", "rating": "9/10"}';
      return '```json\n{"explanation": "As the reference has it.", "rating": "Correct"}\n```';
    };
    const { jobArn, jobName } = await create(judged(JUDGE, await brought(items), ['Builtin.Correctness']));
    expect((await ended(jobArn)).status).toBe('Completed');
    const { rows } = await output(jobName);
    expect(scoresOf(rows, 'Builtin.Correctness')).toEqual([0, 1, null, 1]);
    const explanations = rows.map((row) => row.automatedEvaluationResult.scores[0]!.evaluatorDetails![0]!.explanation);
    expect(explanations[0]).toContain(items[0]!.answer);
    expect(explanations[2]).toContain('no rating of the scale');
    expect(asked).toHaveLength(6);
    const exchange = upstream.exchanges.findLast(({ body }) => body['model'] === 'judge')!;
    expect(JSON.stringify(exchange.body['response_format'])).toContain('partially correct');
  });

  it('a language model rates a custom metric by its own instructions and scale, N/A included', async () => {
    const items = Array.from({ length: 3 }, (_, at) => graded(4, at));
    const scale = [
      { definition: 'N/A', value: { floatValue: -1 } },
      { definition: 'Too long', value: { floatValue: 0 } },
      { definition: 'Just right', value: { floatValue: 10 } },
    ];
    answering['judge'] = (prompt) => {
      if (prompt.startsWith('Reply with')) return 'ready';
      const at = items.findIndex((item) =>
        prompt.startsWith(`Is it brief?\nQ: ${item.prompt}\nA: ${item.answer}\nT: ${item.reference}\n`),
      );
      for (const { definition, value } of scale) expect(prompt).toContain(`- ${definition}: ${value.floatValue}`);
      return JSON.stringify({ explanation: `The answer ${at}`, rating: ['n/a', 'Too long', 'Just right'][at] });
    };
    const config = judged(JUDGE, await brought(items), ['brevity']);
    config.evaluationConfig!.automated!.customMetricConfig = {
      customMetrics: [
        {
          customMetricDefinition: {
            name: 'brevity',
            instructions: 'Is it brief?\nQ: {{prompt}}\nA: {{prediction}}\nT: {{ground_truth}}\n',
            ratingScale: scale,
          },
        },
      ],
      evaluatorModelConfig: { bedrockEvaluatorModels: [{ modelIdentifier: JUDGE }] },
    };
    const { jobArn, jobName } = await create(config);
    expect((await ended(jobArn)).failureMessages).toBeUndefined();
    expect(scoresOf((await output(jobName)).rows, 'brevity')).toEqual([null, 0, 10]);
    expect((await report(jobName)).datasets[0].metrics[0]).toEqual({ metricName: 'brevity', average: 5 });
  });
});
