import { describe, expect, it } from 'vitest';

import { LlmError, type ChatEvent, type ChatRequest } from '../types.ts';
import { Answer } from './answer.ts';
import { toHistory } from './history.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 4_294_967_296;
}

/** Feeds pieces to an answer until it is stopped. */
function read(pieces: string[], { stopSequences = [] as string[], forcedTool = false } = {}) {
  const events: ChatEvent[] = [];
  const answer = new Answer({
    stopSequences,
    forcedTool,
    makeToolCallId: (call) => `id${call}`,
    emit: (event) => events.push(event),
  });
  for (const text of pieces) if (answer.stopSequence === undefined) answer.acceptChunk({ text, tokens: [0] });
  return { events, end: answer.finish('eogToken', 'max_tokens') };
}

/** Cuts a text into random pieces. */
function pieces(text: string, random: () => number): string[] {
  const cut: string[] = [];
  for (let at = 0; at < text.length;) cut.push(text.slice(at, (at += 1 + Math.floor(random() * 4))));
  return cut;
}

describe('an answer of a GGUF model', () => {
  it(`ends exactly before the first stop sequence, however the text is cut (seed ${SEED})`, () => {
    const random = seeded(SEED);
    const letters = (length: number) => Array.from({ length }, () => 'aab'[Math.floor(random() * 3)]).join('');
    for (let round = 0; round < 2000; round++) {
      const text = letters(30);
      const stopSequences = [letters(1 + Math.floor(random() * 7)), letters(4)];
      const found = stopSequences.filter((each) => text.includes(each)).map((each) => text.indexOf(each));
      const { events, end } = read(pieces(text, random), { stopSequences });
      const out = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
      if (found.length === 0) {
        expect(out).toBe(text);
        expect(end).toEqual({ stopReason: 'end_turn' });
      } else {
        // Of two that end in different pieces the one that is whole first counts, as for a reader of the stream.
        const stop = end.stopSequence!;
        expect(stopSequences).toContain(stop);
        expect(text.startsWith(out + stop)).toBe(true);
        expect(
          stopSequences.some((each) => out.includes(each)),
          `${text} ${stopSequences.join()}`,
        ).toBe(false);
      }
    }
  });

  it(`passes pieces on as they are while nothing can be a stop sequence (seed ${SEED})`, () => {
    const cut = pieces('no such letters here', seeded(SEED));
    const { events } = read(cut, { stopSequences: ['XYZ'] });
    expect(events.filter((event) => event.type === 'text').map((event) => event.text)).toEqual(cut);
  });

  it(`finds the name and the arguments of a demanded call, however its JSON is cut (seed ${SEED})`, () => {
    const random = seeded(SEED);
    for (let round = 0; round < 500; round++) {
      const input = { 'a"}': '}{"\\', list: [1, { deep: ']' }], round };
      const space = () => ' '.repeat(Math.floor(random() * 3));
      const json = JSON.stringify(input, undefined, Math.floor(random() * 3));
      const text = `{${space()}"name"${space()}:${space()}"my \\"tool"${space()},${space()}"arguments":${space()}${json}${space()}}`;
      const { events, end } = read(pieces(text, random), { forcedTool: true });
      expect(events[0]).toEqual({ type: 'toolStart', index: 0, id: 'id0', name: 'my "tool' });
      expect(events.map((event) => (event.type === 'toolInput' ? event.json : '')).join('')).toBe(json);
      expect(events.at(-1)).toEqual({ type: 'blockStop', index: 0 });
      expect(end).toEqual({ stopReason: 'tool_use' });
    }
  });
});

describe('a conversation for a GGUF model', () => {
  const call = (id: string): ChatRequest['messages'][number] => ({
    role: 'assistant',
    content: [
      { type: 'reasoning', text: 'hm' },
      { type: 'toolCall', id, name: 'f', input: { x: 1 } },
      { type: 'toolCall', id: `${id}2`, name: 'g', input: {} },
    ],
  });

  it('sets results beside their calls, in whatever order they come, and opens the turn to be written', () => {
    const history = toHistory({
      system: ['One.', '', 'Two.'],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', name: 'd', text: 'T' },
            { type: 'text', text: 'Hi' },
          ],
        },
        call('a'),
        {
          role: 'user',
          content: [
            { type: 'toolResult', toolCallId: 'a2', status: 'error', content: [{ type: 'text', text: 'bad' }] },
            { type: 'toolResult', toolCallId: 'a', status: 'success', content: [{ type: 'json', json: { y: 2 } }] },
            { type: 'text', text: 'Go on' },
          ],
        },
      ],
    });
    expect(history).toEqual([
      { type: 'system', text: 'One.\n\nTwo.' },
      { type: 'user', text: '<document name="d">\nT\n</document>\n\nHi' },
      {
        type: 'model',
        response: [
          { type: 'segment', segmentType: 'thought', text: 'hm', ended: true },
          { type: 'functionCall', name: 'f', params: { x: 1 }, result: { y: 2 }, startsNewChunk: true },
          { type: 'functionCall', name: 'g', params: {}, result: { error: 'bad' } },
        ],
      },
      { type: 'user', text: 'Go on' },
      { type: 'model', response: [] },
    ]);
  });

  it('goes on with a turn that the request has begun', () => {
    const messages: ChatRequest['messages'] = [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Well' }] },
    ];
    expect(toHistory({ system: [], messages }).at(-1)).toEqual({ type: 'model', response: ['Well'] });
  });

  it('refuses images, calls without results and results without calls', () => {
    const image: ChatRequest['messages'][number] = {
      role: 'user',
      content: [{ type: 'image', format: 'png', bytes: new Uint8Array() }],
    };
    const stray: ChatRequest['messages'][number] = {
      role: 'user',
      content: [{ type: 'toolResult', toolCallId: 'z', status: 'success', content: [] }],
    };
    for (const [messages, kind] of [
      [[image], 'unsupported'],
      [[call('a')], 'invalid'],
      [[stray], 'invalid'],
    ] as const) {
      expect(() => toHistory({ system: [], messages: [...messages] })).toThrow(
        expect.objectContaining({ name: 'LlmError', kind }),
      );
      expect(() => toHistory({ system: [], messages: [...messages] })).toThrow(LlmError);
    }
  });
});
