import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AwsError } from '../../../kernel/errors.ts';
import { EVENT_STREAM } from '../../../protocol/codec.ts';
import { readFrames } from '../../../protocol/events.ts';
import type { WireResponse } from '../../../protocol/message.ts';
import { FrameTape } from '../../calls/frames.ts';
import type { Exchange } from '../../exchange.ts';
import { requireWithin } from '../../authorise.ts';
import type { House } from '../../house.ts';
import type { CompiledRule } from '../compile.ts';
import { insideFolder } from '../output.ts';
import { ruleFailed } from '../refusals.ts';
import type { RecordRule, ReplayRule } from '../schema.ts';
import type { KeptCall } from '../../calls/kept.ts';
import type { Memory } from '../shared.ts';
import type { Subject } from '../subject.ts';
import type { Json } from '../view.ts';
import { writeCalls } from './calls.ts';
import {
  appendEntry,
  beginCassette,
  bodyOf,
  CassetteError,
  frameOf,
  keepBody,
  keepFrame,
  readCassette,
  type Entry,
  type Frame,
  type ReadCassette,
} from './entry.ts';
import { fingerprint, normalInput, readStreamedBody, restoreStream } from './input.ts';
import { missText } from './nearest-entry.ts';
import { passThrough } from './pass-through.ts';
import { protocolOf, stayingHeaders } from './wire.ts';
import { removeAt, scrubberOf, type Scrubber } from './scrub.ts';

/** Bytes of an answer that is kept. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** Cassettes that are kept in memory. */
const OPEN_MAX = 20;
/** Misses that are remembered of each. */
const MISSES_MAX = 10;
type Counts = Omit<ListedCassette, 'cassette' | 'entries'>;
type Opened = ReadCassette & { print: string; byFingerprint: Map<string, Map<string, number[]>> };

/** A cassette as it is listed. */
export type ListedCassette = {
  cassette: string;
  entries: number;
  played: number;
  recorded: number;
  misses: number;
  /** The latest calls that it did not have, and how they differ from the nearest entry. */
  missed: Miss[];
};
export type Miss = { requestId: string; timeMs: number; call: string; message: string };

/** Records calls on the wire, and plays them back. */
export class Cassettes {
  readonly #memory: Memory;
  readonly #log: Logger;
  /** As the stack was started with: whoever runs it in their process may change theirs after. */
  readonly #environment = { ...process.env };
  readonly #opened = new Map<string, Opened>();
  readonly #counts = new Map<string, Counts>();

  constructor({ memory, log }: { memory: Memory; log: Logger }) {
    this.#memory = memory;
    this.#log = log;
  }

  /** What was played and recorded since the start, by this process. `named`: cassettes of rules, which may not have been asked yet. */
  async list(named: readonly string[] = []): Promise<ListedCassette[]> {
    return Promise.all(
      [...new Set([...this.#counts.keys(), ...named])].map(async (path) => ({
        cassette: relative(process.cwd(), path),
        entries: existsSync(path) ? (await this.#open(path)).entries.length : 0,
        ...(this.#counts.get(path) ?? { played: 0, recorded: 0, misses: 0, missed: [] }),
      })),
    );
  }

  /** The entries of a cassette below the folder that the stack works in. Throws CassetteError. */
  async entries(name: string): Promise<readonly Entry[]> {
    const path = insideFolder(process.cwd(), name);
    if (!path) throw new CassetteError(`the cassette ${name} is not below the folder that the stack works in`);
    return (await this.#open(path)).entries;
  }

  /** Adds calls that were made. Throws CassetteError. */
  async add(name: string, calls: readonly { requestId: string; kept: KeptCall }[]): Promise<ListedCassette> {
    const { path, written } = await writeCalls(name, calls);
    this.#count(path).recorded += written;
    return (await this.list([path])).find(({ cassette }) => cassette === relative(process.cwd(), path))!;
  }

  /** Answers a call from a cassette, or sees to it that its answer gets into one. */
  async answer(compiled: CompiledRule, { exchange }: Subject, house: House): Promise<void> {
    const { id, rule, sourced } = compiled;
    const written = rule.replay ?? rule.record!;
    const settings = typeof written === 'string' ? { cassette: written } : written;
    const path = insideFolder(sourced.folder, settings.cassette);
    if (!path) throw ruleFailed(id, `the cassette ${settings.cassette} is not below ${sourced.folder}`);
    await readStreamedBody(exchange, id);
    try {
      if (rule.replay === undefined) await this.#record(path, settings, exchange, house, id);
      else await this.#replay(path, settings, exchange, house, id);
    } catch (error) {
      if (error instanceof CassetteError || error instanceof SyntaxError) throw ruleFailed(id, error.message);
      throw error;
    }
    if (!exchange.response) restoreStream(exchange);
  }

  forget(): void {
    this.#counts.clear();
    this.#opened.clear();
  }

  close(): void {
    this.forget();
  }

  #count(path: string): Counts {
    let counts = this.#counts.get(path);
    if (!counts) this.#counts.set(path, (counts = { played: 0, recorded: 0, misses: 0, missed: [] }));
    return counts;
  }

  async #record(path: string, settings: RecordRule, exchange: Exchange, house: House, rule: string): Promise<void> {
    const salt = beginCassette(path, randomBytes(8).toString('hex'));
    const scrubber = scrubberOf(settings.scrub ?? {}, salt);
    const input = normalInput(exchange, scrubber, settings.ignore ?? []);
    const { passThrough: target } = settings;
    if (target !== undefined) {
      await requireWithin(house, exchange);
      exchange.response = await passThrough(exchange, target, this.#environment, rule);
      exchange.answered = { kind: 'passed', cassette: relative(process.cwd(), path) };
    }
    (exchange.onResponse ??= []).push((response) => this.#keep(path, response, { exchange, house, input, scrubber }));
  }

  /** Lets an answer pass, and writes it down once it has. */
  async #keep(
    path: string,
    response: WireResponse,
    { exchange, house, input, scrubber }: { exchange: Exchange; house: House; input: Json; scrubber: Scrubber },
  ): Promise<WireResponse> {
    const { service, operation } = exchange;
    const startedMs = performance.now();
    const write = async (body: Partial<Entry['answer']>, scrubbedLength?: number) => {
      const headers = stayingHeaders(response.headers, scrubbedLength !== undefined);
      if (scrubbedLength !== undefined && headers['content-length'] !== undefined)
        headers['content-length'] = String(scrubbedLength);
      const entry: Entry = {
        call: `${service!.model.sdk}:${operation!.name}`,
        protocol: protocolOf(exchange),
        at: house.kernel.clock.date().toISOString(),
        input,
        answer: {
          status: response.status,
          headers,
          ...(exchange.error ? { error: exchange.error.name } : {}),
          ...body,
        },
      };
      await appendEntry(path, entry);
      this.#count(path).recorded++;
    };
    const keepWhole = async (bytes: Uint8Array) => {
      const scrubbed = scrubber.body(operation!.output, bytes);
      await write(await keepBody(scrubbed ?? bytes, path), scrubbed?.length);
    };
    const { body } = response;
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      await keepWhole(
        body === undefined
          ? new Uint8Array()
          : typeof body === 'string'
            ? Buffer.from(body)
            : new Uint8Array(body.buffer, body.byteOffset, body.byteLength),
      );
      return response;
    }
    const isEvents = response.headers['content-type'] === EVENT_STREAM;
    const chunks: Uint8Array[] = [];
    const times: { end: number; at: number }[] = [];
    let length = 0;
    const finish = async () => {
      const bytes = Buffer.concat(chunks);
      if (!isEvents) return keepWhole(bytes);
      const events: Frame[] = [];
      let offset = 0;
      for await (const message of readFrames(Readable.from([bytes]))) {
        const size = bytes.readUInt32BE(offset);
        const at = times.find(({ end }) => end >= offset + size)?.at ?? 0;
        const kept = keepFrame(bytes.subarray(offset, offset + size), at);
        events.push('json' in kept ? { ...kept, json: scrubber.payload(operation!.output, kept.json) } : kept);
        offset += size;
        void message;
      }
      await write({ events });
    };
    const log = this.#log;
    const source = body instanceof Readable ? body : Readable.from(body, { objectMode: false });
    return {
      ...response,
      body: Readable.from(
        (async function* () {
          let isWhole = false;
          try {
            for await (const chunk of source as AsyncIterable<Uint8Array>) {
              length += chunk.length;
              if (length <= ANSWER_BYTES_MAX) {
                chunks.push(Buffer.from(chunk));
                times.push({ end: length, at: Math.round(performance.now() - startedMs) });
              }
              yield chunk;
            }
            isWhole = true;
          } finally {
            if (!isWhole)
              log.warn(
                { cassette: path },
                'an answer was not recorded: it broke off, or its client did not wait for its end',
              );
          }
          if (length > ANSWER_BYTES_MAX)
            log.error(
              { cassette: path, bytes: length },
              `an answer was not recorded: it is longer than ${ANSWER_BYTES_MAX} bytes`,
            );
          else await finish();
        })(),
        { objectMode: true, highWaterMark: 1 },
      ),
    };
  }

  async #replay(
    path: string,
    settings: Partial<ReplayRule> & { cassette: string },
    exchange: Exchange,
    house: House,
    rule: string,
  ): Promise<void> {
    const { miss = 'error', timing = false, ignore = [], scrub = {} } = settings;
    const opened = existsSync(path) || miss === 'error' ? await this.#open(path) : undefined;
    const salt = opened?.salt ?? beginCassette(path, randomBytes(8).toString('hex'));
    const scrubber = scrubberOf(scrub, salt);
    const input = normalInput(exchange, scrubber, ignore);
    const call = `${exchange.service!.model.sdk}:${exchange.operation!.name}`;
    const print = fingerprint(call, protocolOf(exchange), input);
    const places = opened ? (placesOf(opened, ignore).get(print) ?? []) : [];
    if (places.length > 0) await requireWithin(house, exchange);
    const turn =
      places.length === 0
        ? 0
        : await this.#memory.update<number, number>(['played', path, print], (played = 0) => ({
            value: played + 1,
            result: played,
          }));
    const place = places[turn];
    if (place !== undefined) {
      this.#count(path).played++;
      await play(exchange, opened!.entries[place]!, place + 1, path, timing);
      return;
    }
    this.#count(path).misses++;
    if (miss === 'error') {
      const cassette = relative(process.cwd(), path);
      const text =
        places.length > 0
          ? `The cassette ${cassette} has this call of ${call} ${places.length === 1 ? 'once' : `${places.length} times`} (entry ${places.map((each) => each + 1).join(', ')}), and all have been played; this is call ${turn + 1}.`
          : missText(cassette, call, input, opened!.entries, (entry) => removeAt(entry.input, ignore));
      exchange.answered = { kind: 'replayed', cassette };
      const { missed } = this.#count(path);
      missed.unshift({ requestId: exchange.requestId, timeMs: house.kernel.clock.now(), call, message: text });
      missed.splice(MISSES_MAX);
      throw new AwsError('OutcropCassetteMiss', text, 422);
    }
    if (miss === 'record')
      await this.#record(path, { cassette: settings.cassette, ignore, scrub }, exchange, house, rule);
  }

  /** A cassette's entries; what was added to the file since is read. */
  async #open(path: string): Promise<Opened> {
    const found = statSync(path, { throwIfNoEntry: false });
    const print = `${found?.ino} ${found?.mtimeMs} ${found?.size}`;
    const known = this.#opened.get(path);
    if (known?.print === print) return known;
    const opened = {
      ...(await readCassette(path, known)),
      print,
      byFingerprint: new Map<string, Map<string, number[]>>(),
    };
    this.#opened.delete(path);
    this.#opened.set(path, opened);
    if (this.#opened.size > OPEN_MAX) this.#opened.delete(this.#opened.keys().next().value!);
    return opened;
  }
}

/** Entries by what tells calls apart, given what is ignored. */
function placesOf({ byFingerprint, entries }: Opened, ignore: readonly string[]): Map<string, number[]> {
  const key = JSON.stringify(ignore);
  let places = byFingerprint.get(key);
  if (!places) {
    places = new Map();
    for (const [place, { call, protocol, input }] of entries.entries()) {
      const print = fingerprint(call, protocol, removeAt(input, ignore));
      const same = places.get(print);
      if (same) same.push(place);
      else places.set(print, [place]);
    }
    byFingerprint.set(key, places);
  }
  return places;
}

async function play(
  exchange: Exchange,
  { answer }: Entry,
  number: number,
  path: string,
  timing: boolean,
): Promise<void> {
  const headers = { ...answer.headers };
  exchange.answered = { kind: 'replayed', cassette: relative(process.cwd(), path), entry: number };
  if (answer.error !== undefined)
    exchange.error = {
      name: answer.error,
      message: `Replayed from ${relative(process.cwd(), path)}`,
      status: answer.status,
    };
  if ('events' in answer) {
    exchange.tape = new FrameTape(exchange.startedUs);
    exchange.response = {
      status: answer.status,
      headers,
      body: Readable.from(exchange.tape.through(playEvents(answer.events, timing, exchange.signal)), {
        objectMode: true,
        highWaterMark: 1,
      }),
    };
    return;
  }
  const bytes = await bodyOf(answer, path);
  exchange.response = { status: answer.status, headers, ...(bytes.length === 0 ? {} : { body: bytes }) };
}

async function* playEvents(events: readonly Frame[], timing: boolean, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const startedMs = performance.now();
  for (const event of events) {
    const waitMs = timing ? startedMs + event.at - performance.now() : 0;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    yield frameOf(event);
  }
}
