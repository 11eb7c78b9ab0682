import type { DocumentBlock, DocumentContentBlock, DocumentFormat, S3Location } from '@aws-sdk/client-bedrock-runtime';
import type { DocumentPart } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { BlobStream } from '../../../kernel/service.ts';
import { joined } from '../citations.ts';
import { invalid, unbuilt } from '../errors.ts';
import { DOCUMENT_BYTES_MAX } from '../limits.ts';

/** Underscores are not in the message, yet AWS takes them; full-width spaces and tabs it does not. */
const NAME = /^[A-Za-z0-9_\-()[\] ]*$/;

/** Throws ValidationException for a name that Converse does not take. */
export function checkDocumentName(name: string): void {
  if (NAME.test(name) && !name.includes('  ')) return;
  throw invalid(
    "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.",
  );
}

/** A document block, read. `where` is its place in the request: `messages.0.content.1.document`. Throws ValidationException. */
export async function readDocumentBlock(call: Call, block: DocumentBlock, where: string): Promise<DocumentPart> {
  checkDocumentName(block.name!);
  if (block.context !== undefined) throw unbuilt(`${where}.context`);
  const part: DocumentPart = { type: 'document', name: block.name!, text: await textOf(call, block, where) };
  if (block.citations?.enabled) part.citable = citableOf(block);
  return part;
}

/** Pages of a PDF, blocks of content, characters of all else. */
function citableOf({ name, source, format }: DocumentBlock): NonNullable<DocumentPart['citable']> {
  const citable = { kind: 'document', index: 0, title: name! } as const;
  if (source?.content !== undefined)
    return { ...citable, by: 'blocks', starts: joined(textsOf(source.content)).starts };
  return { ...citable, by: source?.text === undefined && format === 'pdf' ? 'pages' : 'characters' };
}

const textsOf = (content: DocumentContentBlock[]): string[] => content.map(({ text }) => text ?? '');

async function textOf(call: Call, { source, format }: DocumentBlock, where: string): Promise<string> {
  if (source?.text !== undefined) return source.text;
  if (source?.content !== undefined) return joined(textsOf(source.content)).text;
  let bytes = source?.bytes;
  if (source?.s3Location !== undefined) bytes = await readObject(call, source.s3Location, where);
  if (bytes === undefined)
    throw invalid(`The source field at ${where} must hold one of bytes, s3Location, text, content.`);
  if (bytes.byteLength > DOCUMENT_BYTES_MAX) throw tooLarge(where);
  if (format === undefined)
    throw invalid(`The format field at ${where} must be defined when the source is bytes or s3Location.`);
  return readText(call, bytes, format, where);
}

/** The text of a document. Throws ValidationException for bytes that are not of the format. */
export async function readText(call: Call, bytes: Uint8Array, format: DocumentFormat, where: string): Promise<string> {
  try {
    const { text } = await call.engines.documents.read(bytes, format, {
      maxBytes: DOCUMENT_BYTES_MAX,
      signal: call.signal,
    });
    return text;
  } catch (error) {
    // The reader's refusals are about the bytes that the caller sent; a missing package is ours.
    if (!(error instanceof Error) || error.name !== 'DocumentError') throw error;
    const { code } = error as Error & { code: string };
    if (code === 'missing_package') throw unbuilt(`Reading ${format} documents (${error.message})`);
    throw invalid(`The document at ${where} cannot be read. ${error.message}`);
  }
}

const tooLarge = (where: string) =>
  invalid(`The document at ${where} is larger than the maximum of ${DOCUMENT_BYTES_MAX / 1024 / 1024} MB.`);

/** Reads an object as the caller: what they may not read, no model reads for them. */
export async function readObject(
  call: Call,
  { uri, bucketOwner }: S3Location,
  where: string,
  bytesMax = DOCUMENT_BYTES_MAX,
): Promise<Uint8Array> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri ?? '') ?? [];
  if (bucket === undefined || key === undefined)
    throw invalid(`The uri field at ${where}.source.s3Location must name an object: s3://bucket/key.`);
  const { Body } = await call.kernel.calls
    .send<{ Body?: BlobStream }>({
      service: 's3',
      operation: 'GetObject',
      input: { Bucket: bucket, Key: key, ...(bucketOwner === undefined ? {} : { ExpectedBucketOwner: bucketOwner }) },
      principal: call.principal,
      region: call.region,
      invokedBy: 'bedrock.amazonaws.com',
      signal: call.signal,
    })
    .catch((error: Error) => {
      throw invalid(`Unable to read ${uri} at ${where}: ${error.name}: ${error.message}`);
    });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of streamOf(Body)) {
    size += chunk.byteLength;
    if (size > bytesMax) throw tooLarge(where);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* streamOf(body: BlobStream | undefined): AsyncGenerator<Buffer> {
  if (body === undefined) return;
  if (typeof body === 'string' || body instanceof Uint8Array) yield Buffer.from(body as Uint8Array);
  else for await (const chunk of body) yield Buffer.from(chunk as Uint8Array);
}
