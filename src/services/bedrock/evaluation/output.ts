import type { EvaluationJob, Result } from './records.ts';
import type { Role } from './role.ts';
import { modelArn, modelId, type Source } from './sources.ts';

/**
 * Where a job writes. Source: Bedrock User Guide, "Understand how the results of your model evaluation job are saved in Amazon S3".
 * `s3://bucket/prefix/job-name/job-uuid/`
 */
export const folderOf = (job: EvaluationJob): string =>
  `${job.outputUri.replace(/\/$/, '')}/${job.name}/${job.outputId}`;

/** `…/models/<model>/taskTypes/<task>/datasets/<dataset>/<uuid>_output.jsonl` */
export const automatedUri = (
  job: EvaluationJob,
  at: { source: string; taskType: string; dataset: string; fileId: string },
): string =>
  `${folderOf(job)}/models/${modelId(at.source)}/taskTypes/${at.taskType}/datasets/${at.dataset}/${at.fileId}_output.jsonl`;

/** `…/datasets/<dataset>/<uuid>_output.jsonl` */
export const humanUri = (job: EvaluationJob, at: { dataset: string; fileId: string }): string =>
  `${folderOf(job)}/datasets/${at.dataset}/${at.fileId}_output.jsonl`;

/** One line of the output of a model evaluation. */
export function recordOf(job: EvaluationJob, input: Record<string, unknown>, source: Source, result: Result) {
  const { kind, identifier } = source;
  const identified = { modelIdentifier: kind === 'model' ? modelArn(identifier, job) : identifier };
  return {
    automatedEvaluationResult: { scores: result.scores },
    inputRecord: input,
    // A member that JSON leaves out when it is undefined.
    modelResponses: [{ response: result.response, ...identified, error: result.error }],
  };
}

/** One line of the output of a RAG evaluation: the turns of the input with their results. The format is from memory. */
export function conversationOf(input: Record<string, unknown>, { turns, error }: Result) {
  const conversationTurns = (input['conversationTurns'] as Record<string, unknown>[]).map(
    ({ output, ...inputRecord }, at) => ({ inputRecord, output, results: turns?.[at] ?? [], error }),
  );
  return { conversationTurns };
}

/** A file that is written before anything is evaluated, so that a role without permission is known at once. */
export async function checkOutput(role: Role, job: EvaluationJob): Promise<void> {
  await role.write(
    `${job.outputUri.replace(/\/$/, '')}/${job.name}/amazon-bedrock-evaluations-permission-check`,
    '',
    'text/plain',
  );
}

export const toLines = (records: readonly unknown[]): string =>
  `${records.map((record) => JSON.stringify(record)).join('\n')}\n`;
