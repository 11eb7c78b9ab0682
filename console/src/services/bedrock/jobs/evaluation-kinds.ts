/** What may be asked of an evaluation, in AWS's names. */
export type Kind = 'measures' | 'judge' | 'human';

export const TASK_TYPES = ['Generation', 'Summarization', 'QuestionAndAnswer', 'Classification'] as const;

/** Metrics that are computed. Source: Bedrock API Reference, EvaluationDatasetMetricConfig. */
const MEASURES = ['Builtin.Accuracy', 'Builtin.Robustness', 'Builtin.Toxicity'];

/** Metrics that a model judges. Source: as above. */
const JUDGED = [
  'Builtin.Correctness',
  'Builtin.Completeness',
  'Builtin.Faithfulness',
  'Builtin.Helpfulness',
  'Builtin.Coherence',
  'Builtin.Relevance',
  'Builtin.FollowingInstructions',
  'Builtin.ProfessionalStyleAndTone',
  'Builtin.Harmfulness',
  'Builtin.Stereotyping',
  'Builtin.Refusal',
];

export const metricsOf = (kind: Kind): string[] => (kind === 'measures' ? MEASURES : JUDGED);

/** How people rate. Source: API Reference, HumanEvaluationCustomMetric. */
export const RATING_METHODS: { value: string; label: string }[] = [
  { value: 'ThumbsUpDown', label: 'Thumbs up or down' },
  { value: 'IndividualLikertScale', label: 'Likert scale, each response by itself' },
  { value: 'ComparisonLikertScale', label: 'Likert scale, one response against the other' },
  { value: 'ComparisonChoice', label: 'Choice of the better response' },
  { value: 'ComparisonRank', label: 'Ranking of the responses' },
];

export const DATASET_LINE = `{"prompt": "Where was the bridge built?", "referenceResponse": "in Ardley", "category": "History"}`;
