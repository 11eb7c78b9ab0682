import type { Call } from '../../../kernel/call.ts';
import { modelRefused } from '../errors.ts';
import { checkBody, either, list, object, text, type Shape } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import type { Target } from '../target.ts';
import { embedTexts } from './vectors.ts';
import type { Embedded } from './titan.ts';

/** Source: Bedrock User Guide, Cohere Rerank and Amazon Rerank: at most 1,000 documents. */
const DOCUMENTS_MAX = 1_000;
/** The length that the encoder's vectors have by themselves. */
const DIMENSIONS = 512;
/** A cosine of unrelated texts, and of a text and its answer: what 0 and 1 stand for. */
const COSINE_LOW = 0.1;
const COSINE_HIGH = 0.75;
/** How much the words that both have count, beside what both mean. */
const WORDS_SHARE = 0.35;

const SHAPE: Shape = object(
  {
    query: text,
    documents: list(either(text, object({}, [], true)), { min: 1, max: DOCUMENTS_MAX }),
    top_n: { type: 'integer', min: 1 },
    api_version: { type: 'integer', min: 1 },
    rank_fields: list(text),
    max_tokens_per_doc: { type: 'integer', min: 1 },
  },
  ['query', 'documents'],
);

const wordsOf = (of: string) => of.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Documents by how well they answer a query: the sentence encoder's cosine, and the rare words that both have. Throws ValidationException. */
export async function invokeRerank(call: Call, target: Target, body: JsonObject): Promise<Embedded> {
  checkBody(body, SHAPE);
  const query = body['query'] as string;
  if (query.trim() === '') throw modelRefused('query must not be empty');
  const documents = (body['documents'] as (string | JsonObject)[]).map((document, index) => {
    const said =
      typeof document === 'string' ? document : fieldsOf(document, body['rank_fields'] as string[] | undefined);
    if (said.trim() === '') throw modelRefused(`documents.${index} must not be empty`);
    return said;
  });
  const { vectors } = await embedTexts(call, target.model, [query, ...documents], {
    dimensions: DIMENSIONS,
    normalize: true,
  });
  const [asked, ...given] = vectors;
  const shares = wordShares(query, documents);
  const results = given.map((vector, index) => {
    const cosine = vector.reduce((sum, value, at) => sum + value * asked![at]!, 0);
    const meaning = Math.min(1, Math.max(0, (cosine - COSINE_LOW) / (COSINE_HIGH - COSINE_LOW)));
    const score = (1 - WORDS_SHARE) * meaning + WORDS_SHARE * shares[index]!;
    return { index, relevance_score: Math.round(score * 1e6) / 1e6 };
  });
  results.sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index);
  call.meter({
    type: 'RerankQueries',
    quantity: Math.ceil(documents.length / 100),
    unit: 'queries',
    resource: target.model.id,
  });
  return { body: { results: results.slice(0, body['top_n'] as number | undefined) }, inputTokens: 0, outputTokens: 0 };
}

/** Documents of several fields are read field by field, in the order asked for. */
function fieldsOf(document: JsonObject, fields: string[] | undefined): string {
  const names = fields ?? Object.keys(document);
  return names
    .map((name) => (typeof document[name] === 'string' ? document[name] : JSON.stringify(document[name] ?? '')))
    .join('\n');
}

/** Of a query's words, weighed by how few documents have them, the part that each document has. */
function wordShares(query: string, documents: string[]): number[] {
  const sets = documents.map((document) => new Set(wordsOf(document)));
  const weights = new Map<string, number>();
  for (const word of new Set(wordsOf(query))) {
    const having = sets.filter((set) => set.has(word)).length;
    weights.set(word, Math.log(1 + (documents.length - having + 0.5) / (having + 0.5)));
  }
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return sets.map((set) => {
    let sum = 0;
    for (const [word, weight] of weights) if (set.has(word)) sum += weight;
    return total === 0 ? 0 : sum / total;
  });
}
