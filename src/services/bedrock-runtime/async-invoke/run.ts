import type { ServiceJob } from '../../../kernel/service.ts';
import { asyncInvokes, type AsyncInvoke } from './records.ts';

type Run = { account: string; region: string; id: string };
const SERVICE = 'bedrock.amazonaws.com';

/**
 * Embeds a text segment by segment and writes what came of it, all with the rights of the caller. Source of the files: Amazon Nova User Guide, Nova
 * Multimodal Embeddings, asynchronous output.
 */
export const asyncInvokeJob: ServiceJob<Run> = {
  async run({ job: { input }, kernel, signal, progress }) {
    const key = [input.account, input.region, input.id];
    const record = await kernel.store.get(asyncInvokes, key);
    if (record?.status !== 'InProgress' || !record.source) return;
    const { source } = record;
    const send = <O>(service: string, operation: string, given: object) =>
      kernel.calls.send<O>({
        service,
        operation,
        input: given,
        principal: record.principal,
        region: record.region,
        invokedBy: SERVICE,
        via: [SERVICE],
        signal,
      });
    const end = (how: Partial<AsyncInvoke>) =>
      kernel.store.transact(async (tx) => {
        const { source: _source, ...rest } = (await tx.get(asyncInvokes, key))!;
        const now = kernel.clock.now();
        await kernel.blobs.release(tx, source.text);
        tx.put(asyncInvokes, key, { ...rest, ...how, updatedAtMs: now, endedAtMs: now });
      });
    try {
      const text = (await kernel.blobs.bytes(source.text)).toString('utf8');
      const segments = segmentsOf(text, record.segmentCharacters);
      const lines: string[] = [];
      for (const [segmentIndex, { start, end: until }] of segments.entries()) {
        const { body } = await send<{ body: Uint8Array }>('bedrock-runtime', 'InvokeModel', {
          modelId: record.modelId,
          contentType: 'application/json',
          body: Buffer.from(
            JSON.stringify({
              taskType: 'SINGLE_EMBEDDING',
              singleEmbeddingParams: {
                embeddingPurpose: record.purpose,
                embeddingDimension: record.dimension,
                text: { truncationMode: record.truncation, value: text.slice(start, until) },
              },
            }),
          ),
        });
        const { embeddings } = JSON.parse(Buffer.from(body).toString('utf8')) as {
          embeddings: { embedding: number[] }[];
        };
        const segmentMetadata = {
          segmentIndex,
          segmentStartCharPosition: start,
          segmentEndCharPosition: until,
        };
        lines.push(JSON.stringify({ embedding: embeddings[0]!.embedding, segmentMetadata, status: 'SUCCESS' }));
        await progress(segmentIndex + 1, segments.length);
      }
      const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(record.output.uri)!;
      const folder = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}${record.id}`;
      const { kmsKeyId, bucketOwner } = record.output;
      const put = (name: string, Body: Buffer, ContentType: string) =>
        send('s3', 'PutObject', {
          Bucket: bucket,
          Key: `${folder}/${name}`,
          Body,
          ContentLength: Body.length,
          ContentType,
          ...(bucketOwner === undefined ? {} : { ExpectedBucketOwner: bucketOwner }),
          ...(kmsKeyId === undefined ? {} : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }),
        });
      await put('embeddings-text.jsonl', Buffer.from(`${lines.join('\n')}\n`), 'application/jsonl');
      const result = {
        ...(source.uri === undefined ? {} : { sourceFileUri: source.uri }),
        embeddingDimension: record.dimension,
        embeddingResults: [
          {
            embeddingType: 'TEXT',
            status: 'SUCCESS',
            outputFileUri: `s3://${bucket}/${folder}/embeddings-text.jsonl`,
          },
        ],
      };
      await put('segmented-embedding-result.json', Buffer.from(JSON.stringify(result)), 'application/json');
      await end({ status: 'Completed' });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const { $fault, status, message } = error as { $fault?: string; status?: number; message: string };
      // What a service has answered against it will be answered again.
      if ($fault === undefined && status === undefined) throw error;
      await end({ status: 'Failed', failureMessage: message });
    }
  },
  async ended(tx, { state, input, reason, endedAtMs }) {
    const key = [input.account, input.region, input.id];
    const record = await tx.get(asyncInvokes, key);
    if (state !== 'failed' || record?.status !== 'InProgress') return;
    const failureMessage = `The invocation failed with an internal error: ${reason}`;
    tx.put(asyncInvokes, key, {
      ...record,
      status: 'Failed',
      failureMessage,
      updatedAtMs: endedAtMs!,
      endedAtMs: endedAtMs!,
    });
  },
};

/** Segments of at most so many characters, cut at the end of a paragraph, sentence or word where one is near. */
function segmentsOf(text: string, charactersMax: number): { start: number; end: number }[] {
  const segments: { start: number; end: number }[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + charactersMax);
    if (end < text.length) {
      const piece = text.slice(start, end);
      const half = charactersMax / 2;
      const cut = ['\n\n', '. ', '\n', ' ']
        .map((mark) => piece.lastIndexOf(mark) + mark.length)
        .find((at) => at > half);
      if (cut !== undefined) end = start + cut;
    }
    if (text.slice(start, end).trim() !== '') segments.push({ start, end });
    start = end;
  }
  return segments;
}
