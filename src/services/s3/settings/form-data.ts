import { AwsError } from '../../../kernel/errors.ts';
import { FORM_FIELDS_BYTES_MAX } from './limits.ts';

/** A posted form: its fields before the file, and the file, which is read as it comes. */
export type Form = {
  /** By lower-case name; the last of a name stands. */
  fields: Map<string, string>;
  file: { name: string; contentType?: string; content: AsyncGenerator<Uint8Array> };
};

const HEADERS_BYTES_MAX = 16 * 1024;
const malformed = (message: string) => new AwsError('MalformedPOSTRequest', message);

/**
 * Reads `multipart/form-data` up to its part `file`, after which S3 looks at nothing. The file is never held: parts are cut at their boundary
 * (RFC 2046) while they stream. Throws MalformedPOSTRequest, MaxPostPreDataLengthExceededError and InvalidArgument.
 */
export async function readForm(contentType: string, source: AsyncIterable<Uint8Array>): Promise<Form> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const text = boundary?.[1] ?? boundary?.[2];
  if (!text || text.length > 70)
    throw malformed('The body of your POST request is not well-formed multipart/form-data.');
  const reader = new Parts(source, Buffer.from(`\r\n--${text}`, 'latin1'));
  await reader.begin();
  const fields = new Map<string, string>();
  let bytes = 0;
  while (await reader.next()) {
    const headers = await reader.headers();
    const disposition = headers.get('content-disposition') ?? '';
    const name = parameter(disposition, 'name');
    if (name === undefined) throw malformed('The body of your POST request is not well-formed multipart/form-data.');
    if (name.toLowerCase() === 'file') {
      const contentType = headers.get('content-type');
      return {
        fields,
        file: {
          name: parameter(disposition, 'filename') ?? '',
          ...(contentType === undefined ? {} : { contentType }),
          content: reader.content(),
        },
      };
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of reader.content()) {
      bytes += chunk.length;
      if (bytes > FORM_FIELDS_BYTES_MAX) {
        throw new AwsError(
          'MaxPostPreDataLengthExceededError',
          'Your POST request fields preceding the upload file was too large.',
          400,
          {
            MaxPostPreDataLengthExceeded: String(FORM_FIELDS_BYTES_MAX),
          },
        );
      }
      chunks.push(chunk);
    }
    fields.set(name.toLowerCase(), Buffer.concat(chunks).toString('utf8'));
  }
  throw new AwsError('InvalidArgument', 'POST requires exactly one file upload per request.', 400, {
    ArgumentName: 'file',
    ArgumentValue: '0',
  });
}

/** `name="…"` of a header; browsers write quotes in names as `%22`. */
function parameter(header: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|;)\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, 'i').exec(header);
  return found ? (found[1] ?? found[2])!.replace(/\\(.)/g, '$1').replaceAll('%22', '"') : undefined;
}

/** Cuts a byte stream at a boundary. */
class Parts {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #boundary: Buffer;
  #held: Buffer = Buffer.from('\r\n');

  constructor(source: AsyncIterable<Uint8Array>, boundary: Buffer) {
    this.#source = source[Symbol.asyncIterator]();
    this.#boundary = boundary;
  }

  /** Skips what is before the first boundary. */
  async begin(): Promise<void> {
    let skipped = 0;
    for await (const chunk of this.content()) {
      skipped += chunk.length;
      if (skipped > HEADERS_BYTES_MAX)
        throw malformed('The body of your POST request is not well-formed multipart/form-data.');
    }
  }

  /** After a boundary: whether another part begins. */
  async next(): Promise<boolean> {
    while (this.#held.length < 2) await this.#more();
    const end = this.#held.toString('latin1', 0, 2);
    this.#held = this.#held.subarray(2);
    if (end === '--') return false;
    if (end !== '\r\n') throw malformed('The body of your POST request is not well-formed multipart/form-data.');
    return true;
  }

  async headers(): Promise<Map<string, string>> {
    let at = this.#held.indexOf('\r\n\r\n');
    while (at < 0) {
      if (this.#held.length > HEADERS_BYTES_MAX)
        throw malformed('The headers of a part of your POST request are too large.');
      await this.#more();
      at = this.#held.indexOf('\r\n\r\n');
    }
    const lines = this.#held.toString('utf8', 0, at).split('\r\n');
    // The line break before the boundary of an empty part is the one that ends its headers.
    this.#held = this.#held.subarray(at + 2);
    this.#skip = 2;
    return new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
  }

  /** Bytes at the head of what is held that are not content. */
  #skip = 0;

  /** What is left of the part; stands after its boundary when it ends. */
  async *content(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(this.#boundary);
      if (at >= 0) {
        const piece = this.#held.subarray(Math.min(this.#skip, at), at);
        this.#held = this.#held.subarray(at + this.#boundary.length);
        this.#skip = 0;
        if (piece.length > 0) yield piece;
        return;
      }
      // A boundary may begin in the last bytes of what is held.
      const safe = this.#held.length - this.#boundary.length + 1;
      if (safe > this.#skip) {
        const piece = this.#held.subarray(this.#skip, safe);
        this.#held = this.#held.subarray(safe);
        this.#skip = 0;
        if (piece.length > 0) yield piece;
      }
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done)
      throw malformed('The body of your POST request is not well-formed multipart/form-data: it ends within a part.');
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
  }
}
