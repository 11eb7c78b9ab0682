import { FAULTS_SHOWN_MAX, PROMPTS_MAX, RETRIEVAL_TURNS_MAX, TEXT_LENGTH_MAX, TURNS_MAX } from './limits.ts';

/** A dataset that cannot be evaluated: the job fails, and says which lines are wrong and why. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
}

export type PromptRecord = {
  /** The line as it was given. */
  input: Record<string, unknown>;
  prompt: string;
  reference?: string;
  category?: string;
  /** Answers that were brought along, by the name of their source. */
  responses: ReadonlyMap<string, string>;
};

/** One question of a RAG dataset, with what was retrieved and answered. */
export type RagTurn = {
  prompt: string;
  reference?: string;
  response: string;
  contexts: string[];
  citations?: { part: string; sources: string[] }[];
};
export type RagRecord = { input: Record<string, unknown>; turns: RagTurn[] };

type Fault = (why: string) => void;

/**
 * The lines of a JSON lines file, each read by `read`, which tells faults. Throws DatasetError with the numbers of the lines that are wrong, counted
 * from 1.
 */
function readLines<T>(text: string, read: (line: Record<string, unknown>, fault: Fault) => T | undefined): T[] {
  const records: T[] = [];
  const faults: string[] = [];
  for (const [at, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue;
    const fault: Fault = (why) => faults.push(`Line ${at + 1}: ${why}`);
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (error) {
      fault(`it is not valid JSON (${(error as Error).message}).`);
      continue;
    }
    if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
      fault('it must be a JSON object.');
      continue;
    }
    const record = read(parsed as Record<string, unknown>, fault);
    if (record !== undefined) records.push(record);
    if (records.length > PROMPTS_MAX)
      throw new DatasetError(`The dataset has more than ${PROMPTS_MAX} prompts, the maximum of an evaluation job.`);
  }
  if (faults.length > 0) {
    const more = faults.length - FAULTS_SHOWN_MAX;
    throw new DatasetError(
      [...faults.slice(0, FAULTS_SHOWN_MAX), ...(more > 0 ? [`And ${more} more.`] : [])].join(' '),
    );
  }
  if (records.length === 0) throw new DatasetError('The dataset has no prompts.');
  return records;
}

function textIn(value: unknown, key: string, fault: Fault): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX) return value;
  fault(
    typeof value === 'string'
      ? `${key} has ${value.length} characters; ${TEXT_LENGTH_MAX} at most.`
      : `${key} must be a string.`,
  );
  return undefined;
}

/**
 * A prompt dataset. Source: Bedrock User Guide, "Create a prompt dataset for a model evaluation job that uses a model as judge".
 *
 * @param needs.reference whether each line must have a `referenceResponse`
 * @param needs.sources names of the sources that each line must bring an answer of, in `modelResponses`
 */
export function readPrompts(text: string, needs: { reference: boolean; sources: readonly string[] }): PromptRecord[] {
  return readLines(text, (line, fault) => {
    const prompt = textIn(line['prompt'], 'prompt', fault);
    if (prompt === undefined || prompt.trim() === '') {
      if (line['prompt'] === undefined || prompt !== undefined) fault('prompt is missing or empty.');
      return undefined;
    }
    const reference = textIn(line['referenceResponse'], 'referenceResponse', fault);
    if (needs.reference && (reference === undefined || reference.trim() === ''))
      fault('referenceResponse is missing or empty; the chosen metrics need one.');
    const category = textIn(line['category'], 'category', fault);
    const responses = readResponses(line['modelResponses'], needs.sources, fault);
    return {
      input: line,
      prompt,
      responses,
      ...(reference === undefined || reference === '' ? {} : { reference }),
      ...(category === undefined ? {} : { category }),
    };
  });
}

function readResponses(given: unknown, sources: readonly string[], fault: Fault): Map<string, string> {
  const responses = new Map<string, string>();
  if (sources.length === 0) return responses;
  if (!Array.isArray(given)) {
    fault('modelResponses must be a list of {"response", "modelIdentifier"}.');
    return responses;
  }
  for (const [at, each] of (given as unknown[]).entries()) {
    const { response, modelIdentifier } = (each ?? {}) as Record<string, unknown>;
    const answer = textIn(response, `modelResponses[${at}].response`, fault);
    if (typeof modelIdentifier !== 'string' || answer === undefined) {
      fault(`modelResponses[${at}] must have a response and a modelIdentifier.`);
      continue;
    }
    if (!sources.includes(modelIdentifier))
      fault(
        `modelResponses[${at}].modelIdentifier is ${JSON.stringify(modelIdentifier)}; the job has ${sources.join(', ')}.`,
      );
    if (responses.has(modelIdentifier)) fault(`modelResponses has two answers of ${modelIdentifier}.`);
    responses.set(modelIdentifier, answer);
  }
  for (const source of sources) if (!responses.has(source)) fault(`modelResponses has no answer of ${source}.`);
  return responses;
}

/**
 * A dataset of a RAG evaluation with what a RAG source of one's own retrieved and answered. Source: Bedrock User Guide, "Create a prompt dataset
 * for retrieve-only RAG evaluation jobs", "… for retrieve-and-generate RAG evaluation jobs".
 *
 * @param needs.source the name that each `knowledgeBaseIdentifier` must have
 * @param needs.generates whether answers are judged, and not retrieval alone
 */
export function readRagPrompts(
  text: string,
  needs: { source: string; generates: boolean; reference: boolean },
): RagRecord[] {
  const most = needs.generates ? TURNS_MAX : RETRIEVAL_TURNS_MAX;
  return readLines(text, (line, fault) => {
    const given = line['conversationTurns'];
    if (!Array.isArray(given) || given.length === 0) {
      fault('conversationTurns must be a list of turns.');
      return undefined;
    }
    if (given.length > most) fault(`conversationTurns has ${given.length} turns; ${most} at most.`);
    const turns = (given as unknown[]).flatMap((turn, at) => readTurn(turn, `conversationTurns[${at}]`, needs, fault));
    return turns.length === given.length ? { input: line, turns } : undefined;
  });
}

type Loose = { [key: string]: Loose | undefined } | undefined;

function readTurn(
  given: unknown,
  where: string,
  needs: { source: string; generates: boolean; reference: boolean },
  fault: Fault,
): RagTurn[] {
  const turn = given as Loose;
  const contentOf = (value: unknown, key: string) =>
    listOf(value)
      .map((each, at) => textIn((each as Loose)?.['text'], `${where}.${key}.content[${at}].text`, fault) ?? '')
      .join('\n');
  const prompt = contentOf(turn?.['prompt']?.['content'], 'prompt');
  if (prompt.trim() === '') fault(`${where}.prompt.content[0].text is missing or empty.`);
  const references = listOf(turn?.['referenceResponses']).map((each, at) =>
    contentOf((each as Loose)?.['content'], `referenceResponses[${at}]`),
  );
  const reference = references.join('\n').trim();
  if (needs.reference && reference === '') fault(`${where}.referenceResponses is missing; the chosen metrics need it.`);
  const output = turn?.['output'];
  const source = output?.['knowledgeBaseIdentifier'] as unknown;
  if (source !== needs.source)
    fault(`${where}.output.knowledgeBaseIdentifier is ${JSON.stringify(source)}; the job has ${needs.source}.`);
  // The guide has `retrievedPassages` for answers and `retrievedResults` for retrieval alone.
  const retrieved = output?.[needs.generates ? 'retrievedPassages' : 'retrievedResults'];
  const passages = listOf(retrieved?.['retrievalResults']);
  if (!needs.generates && !Array.isArray(retrieved?.['retrievalResults']))
    fault(`${where}.output.retrievedResults.retrievalResults must be a list.`);
  const contexts = passages.map(
    (each, at) =>
      textIn((each as Loose)?.['content']?.['text'], `${where}.output.retrievalResults[${at}].content.text`, fault) ??
      '',
  );
  const response = textIn(output?.['text'], `${where}.output.text`, fault);
  if (needs.generates && response === undefined) fault(`${where}.output.text is missing.`);
  if (prompt.trim() === '' || (needs.generates && response === undefined)) return [];
  const cited = output?.['citations'];
  return [
    {
      prompt,
      response: response ?? '',
      contexts,
      ...(reference === '' ? {} : { reference }),
      ...(Array.isArray(cited) ? { citations: (cited as unknown[]).map((each) => readCitation(each as Loose)) } : {}),
    },
  ];
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function readCitation(given: Loose): { part: string; sources: string[] } {
  const part = given?.['generatedResponsePart']?.['textResponsePart']?.['text'] as unknown;
  return {
    part: typeof part === 'string' ? part : '',
    sources: listOf(given?.['retrievedReferences']).map((each) => {
      const text = (each as Loose)?.['content']?.['text'] as unknown;
      return typeof text === 'string' ? text : '';
    }),
  };
}
