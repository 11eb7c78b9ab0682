import { LlmError } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { invalid, throttled } from '../errors.ts';

type Engine = Call['engines']['pictures'];

/** A picture that is edited, its mask, and which pixels of that stand for what is to be changed. */
export type Edited = Parameters<Engine['prepareEdit']>[0];

/** A picture as a body has it. */
export type Given = { name: string; bytes: Uint8Array; width: number; height: number };

/** The most bytes that a picture in a body may have; ours, where a model has no limit of its own. */
const BYTES_MAX = 25 * 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** A picture out of its Base64, known by its first bytes. `name`: where in the body it stands. Throws ValidationException. */
export function pictureOf(call: Call, name: string, base64: string, bytesMax = BYTES_MAX): Given {
  if (!BASE64.test(base64)) throw invalid(`${name} is not a Base64-encoded image.`);
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > bytesMax) throw invalid(`${name} must have at most ${bytesMax} bytes.`);
  try {
    const { width, height } = call.engines.pictures.header(bytes);
    return { name, bytes, width, height };
  } catch (error) {
    throw asRefusal(error, name);
  }
}

/** Picture and mask as models are given them. Throws ValidationException. */
export async function preparedEdit(call: Call, edited: Edited): Promise<{ picture: Uint8Array; mask: Uint8Array }> {
  try {
    return await call.engines.pictures.prepareEdit(edited, call.signal);
  } catch (error) {
    throw asRefusal(error);
  }
}

/** Throws ValidationException where a picture cannot be read to its end, or can be seen through. */
export async function checkPicture(call: Call, { name, bytes }: Given): Promise<void> {
  try {
    await call.engines.pictures.check(bytes, call.signal);
  } catch (error) {
    throw asRefusal(error, name);
  }
}

/** Pictures that a model made, as they are handed out. Throws `LlmError` ('model') where they cannot be read or do not fit. */
export async function finishedOf(
  call: Call,
  made: Uint8Array[],
  options: Parameters<Engine['finish']>[1],
): Promise<Uint8Array[]> {
  try {
    return await Promise.all(made.map((bytes) => call.engines.pictures.finish(bytes, options, call.signal)));
  } catch (error) {
    if (!isPictureError(error)) throw error;
    throw beyondPictures(error) ?? new LlmError('model', `The model server: ${error.message}`, { cause: error });
  }
}

const isPictureError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && error.name === 'PictureError';

/** What is no fault of the picture's. */
function beyondPictures(error: Error & { code: string }): Error | undefined {
  if (error.code === 'busy') return throttled('requests');
  return error.code === 'missing_package' ? new AwsError('NotImplemented', error.message, 501) : undefined;
}

function asRefusal(error: unknown, name?: string): unknown {
  if (!isPictureError(error)) return error;
  return beyondPictures(error) ?? invalid(name === undefined ? error.message : `${name}: ${error.message}`);
}
