/** `report.json` beside the results of an evaluation, and the records of its files. */

export type DatasetReport = {
  dataset: string;
  taskType: string;
  source: string;
  prompts: number;
  answered: number;
  metrics: { metricName: string; average: number | null; byCategory?: Record<string, number> }[];
  overlap?: Record<string, number>;
  classification?: {
    accuracy: number;
    balancedAccuracy: number;
    precision: number;
    recall: number;
    byLabel: Record<string, { precision: number; recall: number; f1: number; count: number }>;
  };
};

type HumanMetric = {
  metricName: string;
  metricType: string;
  answers: number;
  ties?: number;
  models: {
    modelIdentifier: string;
    average?: number;
    wins?: number;
    winShare?: number;
    confidenceInterval?: [number, number];
  }[];
};

export type Report = {
  datasets?: DatasetReport[];
  /** Of an evaluation by people. */
  metrics?: HumanMetric[];
  prompts?: number;
  workers?: number;
};

type Score = { metricName: string; result: number | string | null; evaluatorDetails?: { explanation?: string }[] };
type Line = {
  automatedEvaluationResult?: { scores: Score[] };
  humanEvaluationResult?: {
    humanAnswers: { workerId: string; answerContent: { evaluationResults: Record<string, unknown> } }[];
  };
  inputRecord?: { prompt?: string; category?: string; referenceResponse?: string };
  modelResponses?: { response?: string; modelIdentifier: string; error?: string }[];
  conversationTurns?: {
    inputRecord?: unknown;
    output?: { text?: string };
    results?: { metricName: string; result: number | string | null }[];
  }[];
};

/** One prompt with what came of it. */
export type Item = {
  at: number;
  prompt: string;
  category: string;
  reference: string;
  responses: { from: string; text: string; isError: boolean }[];
  scores: { metricName: string; result: number | string | null; explanation?: string }[];
  answers: number;
  line: Line;
};

/** A line of a file of results, as it is shown. */
export function itemOf(line: Line, at: number): Item {
  const scores: Score[] = [
    ...(line.automatedEvaluationResult?.scores ?? []),
    ...(line.conversationTurns ?? []).flatMap(({ results }) => results ?? []),
  ];
  return {
    at,
    prompt: line.inputRecord?.prompt ?? JSON.stringify(line.conversationTurns?.[0]?.inputRecord ?? ''),
    category: line.inputRecord?.category ?? '',
    reference: line.inputRecord?.referenceResponse ?? '',
    responses: (line.modelResponses ?? []).map(({ response, error, modelIdentifier }) => ({
      from: modelIdentifier,
      text: response ?? error ?? '',
      isError: response === undefined,
    })),
    scores: scores.map(({ metricName, result, evaluatorDetails }) => {
      const explanation = evaluatorDetails?.[0]?.explanation;
      return {
        metricName: metricName.replace('Builtin.', ''),
        result,
        ...(explanation === undefined ? {} : { explanation }),
      };
    }),
    answers: line.humanEvaluationResult?.humanAnswers.length ?? 0,
    line,
  };
}

/** Three digits that count. */
export const scoreText = (score: number | string | null | undefined): string =>
  typeof score === 'number' ? String(Number(score.toPrecision(3))) : (score ?? '–');
