import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generator } from '../../../kernel/ids.ts';
import { testSeed } from '../../../../tests/start.ts';
import { createGguf, findRuntime } from '../gguf/index.ts';
import type { ChatRequest } from '../types.ts';
import { convert } from './convert.ts';
import { ConversionError } from './error.ts';
import { convertModel, inspectGguf } from './index.ts';
import { safetensors, tinyModel, type TinyOptions } from './tiny.fixture.ts';

const random = generator(testSeed('safetensors'));
const never = new AbortController().signal;
const runtimeDir = fileURLToPath(new URL('../../../../.cache/llama', import.meta.url));
const hasRuntime = (() => {
  try {
    return findRuntime(runtimeDir) !== '';
  } catch {
    return false;
  }
})();

let folder: string;
let serial = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(files: Record<string, Buffer>): Promise<{ from: string; to: string }> {
  const from = join(folder, `model-${serial++}`);
  await mkdir(from);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(from, name), bytes);
  return { from, to: join(from, 'out.gguf') };
}

/** A model and a prompt whose choices are clear: sums in another order must not change them. */
function clear(options: Omit<TinyOptions, 'random'>) {
  for (;;) {
    const model = tinyModel({ random, ...options });
    const prompt = Array.from({ length: 6 }, () => 'abcdefghijklmnop'[Math.floor(random() * 16)]).join('');
    const expected = model.goOn(prompt, 12);
    if (expected.margin > 0.03) return { model, prompt, expected: expected.text };
  }
}

describe('safetensors', () => {
  it.skipIf(!hasRuntime)(
    'answer from GGUF as the weights themselves do, worked out by hand, for each architecture',
    async () => {
      for (const options of [
        { architecture: 'LlamaForCausalLM' },
        { architecture: 'LlamaForCausalLM', sentencePiece: true, stretched: true },
        { architecture: 'MistralForCausalLM' },
        { architecture: 'Qwen2ForCausalLM' },
        { architecture: 'Qwen3ForCausalLM' },
      ] as const) {
        const { architecture } = options;
        const { model, prompt, expected } = clear(options);
        const { from, to } = await written(model.files);
        const converted = await convertModel(from, to, 'tiny', never);
        expect(converted).toEqual({
          architecture: architecture.replace('ForCausalLM', '').toLowerCase(),
          contextTokens: 256,
          hasChatTemplate: false,
        });
        const gguf = await createGguf({ modelPath: to, runtimeDir, threads: 1 });
        const request: ChatRequest = {
          system: [],
          messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
          continues: true,
          maxTokens: 12,
        };
        let text = '';
        for await (const event of gguf.chat(request, never)) {
          if (event.type === 'text') text += event.text;
          if (event.type === 'end')
            expect(event).toMatchObject({ stopReason: 'max_tokens', usage: { inputTokens: 7, outputTokens: 12 } });
        }
        await gguf.close?.();
        expect({ ...options, text }).toEqual({ ...options, text: expected });
      }
    },
    120_000,
  );

  it('keep 16-bit numbers as they are, with vectors in 32 bits', async () => {
    for (const dtype of ['BF16', 'F16'] as const) {
      const model = tinyModel({ random, dtype, chatTemplate: true });
      const { from, to } = await written(model.files);
      expect(await convert(from, to, 'tiny')).toMatchObject({
        architecture: 'llama',
        hasChatTemplate: true,
      });
      expect(await inspectGguf(to, never)).toEqual({
        architecture: 'llama',
        contextTokens: 256,
        hasChatTemplate: true,
      });
      const out = await readFile(to);
      const bytesOf = (name: string, as: 'F32' | 'BF16' | 'F16') => {
        const stored = safetensors(new Map([[name, model.weights.get(name)!]]), as);
        return stored.subarray(8 + Number(stored.readBigUInt64LE()));
      };
      expect(out.includes(bytesOf('model.layers.1.mlp.up_proj.weight', dtype))).toBe(true);
      expect(out.includes(bytesOf('model.layers.1.mlp.up_proj.weight', 'F32'))).toBe(false);
      expect(out.includes(bytesOf('model.norm.weight', 'F32'))).toBe(true);
    }
  });

  it('are refused with the reason: another architecture, a missing or misshapen tensor, another type, no tokenizer', async () => {
    const refusal = async (change: (files: Record<string, Buffer>, model: ReturnType<typeof tinyModel>) => void) => {
      const model = tinyModel({ random });
      change(model.files, model);
      const { from, to } = await written(model.files);
      return convert(from, to, 'tiny').then(
        () => 'converted',
        (error: unknown) => (error instanceof ConversionError ? error.message : `${String(error)}?`),
      );
    };
    const config = (files: Record<string, Buffer>, change: object) => {
      files['config.json'] = Buffer.from(
        JSON.stringify({ ...JSON.parse(files['config.json']!.toString()), ...change }),
      );
    };
    expect(await refusal((files) => config(files, { architectures: ['GPTNeoXForCausalLM'] }))).toMatch(
      /architecture GPTNeoXForCausalLM is not supported. Supported architectures: LlamaForCausalLM/,
    );
    expect(await refusal((files) => config(files, { quantization_config: {} }))).toMatch(/Quantized/);
    expect(await refusal((files) => config(files, { intermediate_size: 128 }))).toMatch(
      /mlp.gate_proj.weight has the shape/,
    );
    expect(await refusal((files) => delete files['tokenizer.json'])).toMatch(
      /neither tokenizer.json nor tokenizer.model/,
    );
    expect(
      await refusal((files, model) => {
        model.weights.delete('model.layers.1.mlp.up_proj.weight');
        files['model.safetensors'] = safetensors(model.weights, 'F32');
      }),
    ).toBe('The weights have no tensor model.layers.1.mlp.up_proj.weight.');
    expect(
      await refusal((files, model) => {
        files['model.safetensors'] = safetensors(model.weights, 'I8');
      }),
    ).toMatch(/has the type I8; F32, F16 and BF16 are supported/);
    expect(
      await refusal((files) => {
        files['model.safetensors'] = files['model.safetensors']!.subarray(0, 5_000);
      }),
    ).toMatch(/damaged|not a safetensors file|not valid JSON/);
  });
});
