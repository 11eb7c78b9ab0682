import { LlmError, type ImageRequest, type LanguageModel } from '../types.ts';
import { isRecord } from './failures.ts';
import { Form, type FormField } from './transport.ts';

/** The calls of a server that pictures need. */
type Server = {
  model: string;
  /** A path of the server's API. */
  below(path: string): URL;
  /** POSTs JSON or a form; the JSON object that is answered. */
  post(url: URL, body: unknown, signal: AbortSignal): Promise<Record<string, unknown>>;
  /** An error without the server's key. */
  clean(error: unknown): unknown;
};

/** Statuses by which servers say that they have no such endpoint. */
const ABSENT = new Set([404, 405, 501]);

/**
 * Pictures by OpenAI's images API: `/images/generations`, `/images/edits` and `/images/variations`. Members that are not OpenAI's own
 * (`seed`, `negative_prompt`, `guidance_scale`, `strength`) are those that servers of diffusion models know.
 */
export function imageCalls({
  model,
  below,
  post,
  clean,
}: Server): Required<Pick<LanguageModel, 'images' | 'editImages'>> {
  const ask = async (url: URL, body: unknown, signal: AbortSignal): Promise<Uint8Array[]> => {
    signal.throwIfAborted();
    try {
      const { data } = await post(url, body, signal);
      const made = (Array.isArray(data) ? data : []).flatMap((row: unknown) =>
        isRecord(row) && typeof row['b64_json'] === 'string' ? [Buffer.from(row['b64_json'], 'base64')] : [],
      );
      if (made.length === 0) throw new LlmError('model', `${url.origin}${url.pathname} answered without an image.`);
      return made;
    } catch (error) {
      signal.throwIfAborted();
      throw clean(error);
    }
  };

  return {
    images: (request, signal) =>
      ask(below('images/generations'), { model, prompt: request.prompt, ...membersOf(request) }, signal),
    async editImages(request, signal) {
      const { prompt, pictures, mask, strength } = request;
      if (prompt === undefined && (pictures.length !== 1 || mask))
        throw new LlmError('unsupported', 'A variation without a prompt is made of one picture, without a mask.');
      const url = below(prompt === undefined ? 'images/variations' : 'images/edits');
      const fields: FormField[] = Object.entries({
        model,
        ...(prompt === undefined ? {} : { prompt }),
        ...membersOf(request),
        ...(strength === undefined ? {} : { strength }),
      }).map(([name, value]) => ({ name, value: String(value) }));
      for (const [index, bytes] of pictures.entries())
        fields.push({ name: pictures.length > 1 ? 'image[]' : 'image', value: fileOf(bytes, `image-${index + 1}`) });
      if (mask) fields.push({ name: 'mask', value: fileOf(mask, 'mask') });
      try {
        return await ask(url, new Form(fields), signal);
      } catch (error) {
        if (!(error instanceof LlmError) || !ABSENT.has(error.upstreamStatus ?? 0)) throw error;
        throw new LlmError('unsupported', `The server has no ${url.pathname}: ${error.message}`, { cause: error });
      }
    },
  };
}

function membersOf({ negativePrompt, count, width, height, seed, guidance }: Omit<ImageRequest, 'prompt'>) {
  return {
    n: count,
    size: `${width}x${height}`,
    response_format: 'b64_json',
    ...(negativePrompt === undefined ? {} : { negative_prompt: negativePrompt }),
    ...(seed === undefined ? {} : { seed }),
    ...(guidance === undefined ? {} : { guidance_scale: guidance }),
  };
}

function fileOf(bytes: Uint8Array, name: string) {
  const type = bytes[0] === 0xff ? 'jpeg' : 'png';
  return { bytes, filename: `${name}.${type}`, type: `image/${type}` };
}
