import type { Json, Usage } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { InvocationLogging } from '../../../kernel/inference/invocation-logging.ts';
import { secondsOf } from '../../../kernel/trail/record.ts';
import { additionalOf } from '../../../kernel/trail/additional.ts';
import { usageOf } from '../metering.ts';
import { BODY_BYTES_MAX, enqueue, hourFolder } from './outbox.ts';

/** One side of an invocation: its body as the client sent or got it. */
export type Side = { contentType: string; body: unknown };

export type Logged = {
  modelId: string;
  input: Side;
  output?: Side;
  /** The name of the error that was answered. */
  errorCode?: string;
  requestMetadata?: Record<string, string>;
  /** What the answer is of: each kind is delivered or not by itself. */
  answers: 'textData' | 'imageData' | 'embeddingData' | 'videoData';
};

type Data = { key: string; text: string };

/** Bodies that are logged in the place of those that were answered: as they were before a guardrail masked them. */
const instead = new WeakMap<Call, unknown>();

export function logInstead(call: Call, body: unknown): void {
  instead.set(call, body);
}

/**
 * Puts an invocation on its way to the log, in the shape of a ModelInvocationLog record. Source: Bedrock User Guide, "Monitor model invocation using
 * CloudWatch Logs and Amazon S3", and the AWS samples that query such logs. What is said stands as it was
 * before a guardrail masked it.
 */
export async function logInvocation(call: Call, logging: InvocationLogging, logged: Logged): Promise<void> {
  const { account, region, kernel } = call;
  const s3 = logging.s3!;
  const timeMs = kernel.clock.now();
  const folder = `${hourFolder(s3, { account, region }, timeMs)}/data`;
  const data: Data[] = [];
  const keep = (name: string, text: string) => {
    const key = `${folder}/${call.requestId}_${name}.json.gz`;
    data.push({ key, text });
    return `s3://${s3.bucket}/${key}`;
  };
  const usage = usageOf(call);
  const side = (name: 'input' | 'output', { contentType, body }: Side, wanted: boolean) => {
    const shown: Record<string, unknown> = { [`${name}ContentType`]: contentType };
    if (!wanted) return shown;
    const plain = plainOf(body, logging.imageData);
    const text = JSON.stringify(plain);
    if (Buffer.byteLength(text) > BODY_BYTES_MAX) shown[`${name}BodyS3Path`] = keep(name, text);
    else shown[`${name}BodyJson`] = plain;
    return shown;
  };
  const { output, errorCode, requestMetadata } = logged;
  const inferenceRegion = additionalOf(call)?.['inferenceRegion'];
  const record = {
    timestamp: secondsOf(timeMs),
    accountId: account,
    identity: { arn: call.principal.arn },
    region,
    requestId: call.requestId,
    operation: call.operation,
    modelId: logged.modelId,
    ...(errorCode === undefined ? {} : { errorCode }),
    input: {
      ...side('input', logged.input, logging.textData),
      ...(usage ? inputCounts(usage) : {}),
    },
    ...(output
      ? {
          output: {
            ...side('output', { ...output, body: instead.get(call) ?? output.body }, logging[logged.answers]),
            ...(usage && logged.answers === 'textData' ? { outputTokenCount: usage.outputTokens } : {}),
          },
        }
      : {}),
    ...(inferenceRegion === undefined ? {} : { inferenceRegion }),
    ...(requestMetadata === undefined ? {} : { requestMetadata }),
    schemaType: 'ModelInvocationLog',
    schemaVersion: '1.0',
  };
  await enqueue(kernel, { account, region }, { s3, timeMs, line: JSON.stringify(record), data });
}

const inputCounts = ({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage) => ({
  inputTokenCount: inputTokens,
  ...(cacheReadTokens === undefined ? {} : { cacheReadInputTokenCount: cacheReadTokens }),
  ...(cacheWriteTokens === undefined ? {} : { cacheWriteInputTokenCount: cacheWriteTokens }),
});

/** As JSON: bytes in base64, or left out. */
function plainOf(value: unknown, bytes: boolean): Json | undefined {
  if (value instanceof Uint8Array) return bytes ? Buffer.from(value).toString('base64') : undefined;
  if (Array.isArray(value)) return value.map((each) => plainOf(each, bytes) ?? null);
  if (typeof value !== 'object' || value === null) return value as Json;
  const out: { [name: string]: Json } = {};
  for (const [name, each] of Object.entries(value)) {
    const plain = plainOf(each, bytes);
    if (plain !== undefined) out[name] = plain;
  }
  return out;
}
