import { splitProfileId } from '../../kernel/foundation-models/model.ts';
import type { Exchange } from '../exchange.ts';
import { promptOf, toolResultsOf } from './prompt.ts';
import { viewOf, type Json } from './view.ts';

/** Bytes of a body that are looked at as text. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** What rules look at of a call; each part is worked out when a rule first asks for it. */
export class Subject {
  readonly exchange: Exchange;
  #input: Json | undefined;
  #prompt: { text: string | undefined } | undefined;
  #toolResults: string[] | undefined;
  #body: { text: string | undefined } | undefined;
  #model: { id: string | undefined } | undefined;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  get service(): string {
    return this.exchange.service!.model.sdk;
  }

  get operation(): string {
    return this.exchange.operation!.name;
  }

  /** From outside, over the wire; calls from one service to another have no wire to fail on. */
  get isOutside(): boolean {
    return this.exchange.codec !== undefined;
  }

  /** The model's id without ARN and inference profile. */
  get model(): string | undefined {
    this.#model ??= { id: modelOf(this.exchange.input) };
    return this.#model.id;
  }

  get input(): Json {
    return (this.#input ??= viewOf(this.exchange.input));
  }

  get prompt(): string | undefined {
    this.#prompt ??= { text: promptOf(this.input) };
    return this.#prompt.text;
  }

  get toolResults(): string[] {
    return (this.#toolResults ??= toolResultsOf(this.input));
  }

  get body(): string | undefined {
    if (!this.#body) {
      const { body } = this.exchange;
      const text =
        body instanceof Uint8Array
          ? Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, BODY_BYTES_MAX)).toString('utf8')
          : undefined;
      this.#body = { text };
    }
    return this.#body.text;
  }
}

/** The id of the model that a call's input names, without ARN and profile. */
export function modelOf(input: Record<string, unknown> | undefined): string | undefined {
  const text = input?.['modelId'] ?? input?.['modelArn'];
  if (typeof text !== 'string') return undefined;
  const id = text.startsWith('arn:') ? text.slice(text.indexOf('/') + 1) : text;
  return splitProfileId(id)?.modelId ?? id;
}
