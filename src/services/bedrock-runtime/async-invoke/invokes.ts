import {
  ResourceNotFoundException,
  type AsyncInvokeSummary,
  type StartAsyncInvokeRequest,
} from '@aws-sdk/client-bedrock-runtime';
import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { taggedResources } from '../../../kernel/inference/tags.ts';
import { page, parseArn } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Json } from '../../../engines/llm/types.ts';
import { readObject } from '../converse/documents.ts';
import { invalid, unbuilt } from '../errors.ts';
import { checkBody, object, text, type Shape } from '../families/body.ts';
import type { JsonObject } from '../families/family.ts';
import { accessTo, resolveTarget } from '../target.ts';
import { asyncInvokes, asyncTokens, type AsyncInvoke } from './records.ts';

type Runtime = Handlers<typeof import('@aws-sdk/client-bedrock-runtime')>;

const KIND = 'async-invoke';
const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 12;
const PAGE_DEFAULT = 100;
/** Bytes of a text that is read from S3 to be embedded. AWS takes larger files. */
const TEXT_BYTES_MAX = 50 * 1024 * 1024;
/** Characters of a segment. Source: Amazon Nova User Guide, Nova Multimodal Embeddings, `maxLengthChars`. */
const SEGMENT_CHARACTERS = { min: 800, max: 50_000, standard: 32_000 };
const DIMENSION_DEFAULT = 3_072;

const shape: Shape = object(
  {
    schemaVersion: { type: 'string', values: ['nova-multimodal-embed-v1'] },
    taskType: { type: 'string', values: ['SEGMENTED_EMBEDDING'] },
    segmentedEmbeddingParams: object(
      {
        embeddingPurpose: text,
        embeddingDimension: { type: 'integer', min: 1 },
        text: object(
          {
            truncationMode: { type: 'string', values: ['NONE', 'START', 'END'] },
            value: text,
            source: object({ s3Location: object({ uri: text }, ['uri']) }, ['s3Location']),
            segmentationConfig: object({
              maxLengthChars: { type: 'integer', min: SEGMENT_CHARACTERS.min, max: SEGMENT_CHARACTERS.max },
            }),
          },
          ['truncationMode'],
        ),
        image: { type: 'any' },
        video: { type: 'any' },
        audio: { type: 'any' },
      },
      ['embeddingPurpose'],
    ),
  },
  ['taskType', 'segmentedEmbeddingParams'],
);

type Segmented = {
  embeddingPurpose: string;
  embeddingDimension?: number;
  text?: {
    truncationMode: string;
    value?: string;
    source?: { s3Location: { uri: string } };
    segmentationConfig?: { maxLengthChars?: number };
  };
};

/** Models that AWS serves in this way, of which the answers need what is not here. */
const ASYNC_ONLY = new Set(['nova-reel', 'luma-ray', 'twelvelabs']);

/** Begins an invocation whose answer goes to S3: embeddings of long texts. */
export const StartAsyncInvoke: Runtime['StartAsyncInvoke'] = async (call, input) => {
  const { store, blobs, clock, ids, jobs } = call.kernel;
  const target = await resolveTarget(input.modelId!, call);
  const { model } = target;
  if (ASYNC_ONLY.has(model.family))
    throw unbuilt(`StartAsyncInvoke of ${model.id}, whose answers are films or their embeddings,`);
  if (model.family !== 'nova-embed') throw invalid(`The model ${model.id} does not support asynchronous invocation.`);
  const output = readOutput(input);
  const body = input.modelInput as Json as JsonObject;
  checkBody(body, shape);
  const params = body['segmentedEmbeddingParams'] as Segmented & JsonObject;
  for (const name of ['image', 'video', 'audio'])
    if (params[name] !== undefined) throw unbuilt(`segmentedEmbeddingParams.${name} of ${model.id}`);
  const uri = params.text?.source?.s3Location.uri;
  const value = params.text?.value;
  if (!params.text || (uri === undefined) === (value === undefined))
    throw invalid('segmentedEmbeddingParams.text must have either value or source.');
  const content =
    uri === undefined
      ? Buffer.from(value!)
      : await readObject(call, { uri }, 'segmentedEmbeddingParams.text', TEXT_BYTES_MAX);
  if (content.length === 0) throw invalid('segmentedEmbeddingParams.text must not be empty.');
  const blob = await blobs.put(content);
  const id = ids.text(ID_LENGTH, ID_ALPHABET);
  const arn = `arn:${call.partition}:bedrock:${call.region}:${call.account}:${KIND}/${id}`;
  const now = clock.now();
  const tags = Object.fromEntries((input.tags ?? []).map((tag) => [tag.key!, tag.value!]));
  const invocationArn = await store.transact(async (tx) => {
    const token = input.clientRequestToken;
    const known = token === undefined ? undefined : await tx.get(asyncTokens, [call.account, call.region, token]);
    const before = known === undefined ? undefined : await tx.get(asyncInvokes, [call.account, call.region, known]);
    if (before) return before.arn;
    await blobs.retain(tx, blob);
    const made: AsyncInvoke = {
      account: call.account,
      region: call.region,
      id,
      arn,
      modelArn: target.arn,
      modelId: input.modelId!,
      ...(token === undefined ? {} : { clientToken: token }),
      output,
      principal: call.principal,
      source: { text: blob, ...(uri === undefined ? {} : { uri }) },
      purpose: params.embeddingPurpose,
      dimension: params.embeddingDimension ?? DIMENSION_DEFAULT,
      truncation: params.text!.truncationMode,
      segmentCharacters: params.text!.segmentationConfig?.maxLengthChars ?? SEGMENT_CHARACTERS.standard,
      status: 'InProgress',
      createdAtMs: now,
      updatedAtMs: now,
    };
    tx.put(asyncInvokes, [call.account, call.region, id], made);
    tx.put(taggedResources, [arn], { owner: call.account, tags });
    if (token !== undefined) tx.put(asyncTokens, [call.account, call.region, token], id);
    const run = { account: call.account, region: call.region, id };
    await jobs.submit(tx, { kind: 'bedrock-runtime/async-invoke', id, input: run });
    return arn;
  });
  return { invocationArn };
};

function readOutput({ outputDataConfig }: StartAsyncInvokeRequest): AsyncInvoke['output'] {
  const given = outputDataConfig?.s3OutputDataConfig;
  if (!given) throw invalid('The outputDataConfig must contain s3OutputDataConfig.');
  if (!/^s3:\/\/[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:\/.*)?$/.test(given.s3Uri!))
    throw invalid(`The S3 URI ${given.s3Uri} of outputDataConfig is invalid.`);
  return {
    uri: given.s3Uri!,
    ...(given.kmsKeyId === undefined ? {} : { kmsKeyId: given.kmsKeyId }),
    ...(given.bucketOwner === undefined ? {} : { bucketOwner: given.bucketOwner }),
  };
}

function describe(record: AsyncInvoke): AsyncInvokeSummary & { status: AsyncInvoke['status'] } {
  const { output } = record;
  return {
    invocationArn: record.arn,
    modelArn: record.modelArn,
    status: record.status,
    submitTime: new Date(record.createdAtMs),
    lastModifiedTime: new Date(record.updatedAtMs),
    outputDataConfig: {
      s3OutputDataConfig: {
        s3Uri: output.uri,
        ...(output.kmsKeyId === undefined ? {} : { kmsKeyId: output.kmsKeyId }),
        ...(output.bucketOwner === undefined ? {} : { bucketOwner: output.bucketOwner }),
      },
    },
    ...(record.clientToken === undefined ? {} : { clientRequestToken: record.clientToken }),
    ...(record.failureMessage === undefined ? {} : { failureMessage: record.failureMessage }),
    ...(record.endedAtMs === undefined ? {} : { endTime: new Date(record.endedAtMs) }),
  };
}

export const GetAsyncInvoke: Runtime['GetAsyncInvoke'] = async (call, { invocationArn }) => {
  const arn = parseArn(invocationArn!);
  const id = arn?.resource.startsWith(`${KIND}/`) ? arn.resource.slice(KIND.length + 1) : invocationArn!;
  const isOwn = !arn || (arn.account === call.account && arn.region === call.region);
  const found = isOwn ? await call.kernel.store.get(asyncInvokes, [call.account, call.region, id]) : undefined;
  if (!found)
    throw new ResourceNotFoundException({ message: `Could not find async invocation ${invocationArn}`, $metadata: {} });
  return describe(found);
};

export const ListAsyncInvokes: Runtime['ListAsyncInvokes'] = async (call, input) => {
  const { statusEquals, submitTimeAfter, submitTimeBefore, sortOrder = 'Descending' } = input;
  const found: AsyncInvoke[] = [];
  for await (const { value } of call.kernel.store.all(asyncInvokes, [call.account, call.region])) {
    if (statusEquals !== undefined && value.status !== statusEquals) continue;
    if (submitTimeAfter && value.createdAtMs <= submitTimeAfter.getTime()) continue;
    if (submitTimeBefore && value.createdAtMs >= submitTimeBefore.getTime()) continue;
    found.push(value);
  }
  const sign = sortOrder === 'Ascending' ? 1 : -1;
  found.sort((a, b) => sign * (a.createdAtMs - b.createdAtMs) || (a.id < b.id ? -1 : 1));
  const { items, nextToken } = page(found, input.nextToken, input.maxResults ?? PAGE_DEFAULT, () =>
    invalid('The provided pagination token is invalid.'),
  );
  return { asyncInvokeSummaries: items.map(describe), ...(nextToken === undefined ? {} : { nextToken }) };
};

export const asyncAccess = {
  // Source: Bedrock User Guide, "Process multiple prompts …": the operation asks for the right to invoke the model.
  StartAsyncInvoke: accessTo('bedrock:InvokeModel'),
  GetAsyncInvoke: (call: Call, { invocationArn = '' }: { invocationArn?: string | undefined }): Access[] => [
    {
      action: 'bedrock:GetAsyncInvoke',
      resource: invocationArn.startsWith('arn:')
        ? invocationArn
        : `arn:${call.partition}:bedrock:${call.region}:${call.account}:${KIND}/${invocationArn || '*'}`,
    },
  ],
};
