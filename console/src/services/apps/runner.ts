import { askStack } from '../../aws/stack.ts';
import { isAbort } from '../../aws/failure.ts';
import type { Session } from '../../aws/session.ts';
import { asksModel, type App, type Asking, type Widget } from './types.ts';

/** What a widget holds. */
export type Value =
  | { text: string }
  | { document: { name: string; format: string; base64: string } }
  | { image: { format: string; base64: string } };
export type Message = { role: 'user' | 'assistant'; text: string };
type Done = { credits: number; inputTokens?: number; outputTokens?: number; answer?: string };
/** `madeOf`: a digest of the prompt, the parameters and all that it rested on. */
export type Output = { value: Value; madeOf: string; notes: string[]; done?: Done };
/** What a snapshot keeps. */
export type State = {
  inputs: Record<string, Value>;
  outputs: Record<string, Output>;
  chats: Record<string, Message[]>;
};
const UNTOUCHED: State = { inputs: {}, outputs: {}, chats: {} };
export type Status = 'faulty' | 'running' | 'failed' | 'missing' | 'stale' | 'fresh';
type Line = {
  text?: string;
  image?: { format: string; base64: string };
  note?: string;
  done?: Done;
  error?: { name: string; message: string };
};

/** The inputs and outputs of an app on screen, and the runs under way. Models are asked by the stack, a widget at a time. */
export class Runner {
  #app: App;
  readonly #session: Session;
  readonly #region: string;
  #state: State = UNTOUCHED;
  /** What has been written so far. */
  readonly #running = new Map<string, { text: string; controller: AbortController }>();
  readonly #errors = new Map<string, unknown>();
  readonly #listeners = new Set<() => void>();
  #changes = 0;

  constructor(app: App, session: Session) {
    this.#app = app;
    this.#session = session;
    this.#region = session.region;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  /** Changes with everything that is shown. */
  readonly changes = (): number => this.#changes;

  #changed(): void {
    this.#changes += 1;
    for (const listener of this.#listeners) listener();
  }

  setApp(app: App): void {
    if (this.#app === app) return;
    this.#app = app;
    this.#changed();
  }

  get state(): State {
    const ids = new Set(this.#app.widgets.map(({ id }) => id));
    const kept = <T>(all: Record<string, T>) => Object.fromEntries(Object.entries(all).filter(([id]) => ids.has(id)));
    const { inputs, outputs, chats } = this.#state;
    return { inputs: kept(inputs), outputs: kept(outputs), chats: kept(chats) };
  }

  restore(app: App, state: State): void {
    this.stop();
    this.#errors.clear();
    this.#app = app;
    this.#state = state;
    this.#changed();
  }

  /** What was kept of another day, where nothing has been done yet. */
  load(state: State): void {
    if (this.#state !== UNTOUCHED) return;
    this.#state = { ...UNTOUCHED, ...state };
    this.#changed();
  }

  /** Whether there is something to keep. */
  get touched(): boolean {
    return this.#state !== UNTOUCHED;
  }

  get busy(): boolean {
    return this.#running.size > 0;
  }

  setInput(id: string, value: Value | undefined): void {
    const { [id]: _before, ...rest } = this.#state.inputs;
    this.#state = { ...this.#state, inputs: value ? { ...rest, [id]: value } : rest };
    this.#changed();
  }

  inputOf(widget: Widget): Value | undefined {
    return this.#state.inputs[widget.id] ?? (widget.kind === 'input' ? { text: widget.value } : undefined);
  }
  outputOf = (id: string): Output | undefined => this.#state.outputs[id];
  partOf = (id: string): string | undefined => this.#running.get(id)?.text;
  errorOf = (id: string): unknown => this.#errors.get(id);
  chatOf = (id: string): readonly Message[] => this.#state.chats[id] ?? [];

  /** While an app is changing, a widget may be on screen that is no longer, or not yet, part of it. */
  #wiring = (id: string): App['wiring'][string] => this.#app.wiring[id] ?? { dependsOn: [], faults: [] };

  #valueOf(id: string): Value | undefined {
    const widget = this.#app.widgets.find((each) => each.id === id);
    if (!widget) return undefined;
    if (widget.kind === 'static') return { text: widget.text };
    if (widget.kind === 'input' || widget.kind === 'document') return this.inputOf(widget);
    if (widget.kind !== 'chat') return this.#state.outputs[id]?.value;
    const said = this.chatOf(id);
    return said.length > 0 ? { text: said.map(({ role, text }) => `${role}: ${text}`).join('\n') } : undefined;
  }

  #madeOf(widget: Asking): string {
    const { id, title: _title, width: _width, ...rest } = widget;
    return digest(JSON.stringify([rest, this.#wiring(id).dependsOn.map((each) => this.#valueOf(each) ?? null)]));
  }

  status(widget: Widget): Status {
    const { id } = widget;
    if (this.#wiring(id).faults.length > 0) return 'faulty';
    if (this.#running.has(id)) return 'running';
    if (this.#errors.has(id)) return 'failed';
    if (!asksModel(widget)) return 'fresh';
    const output = this.#state.outputs[id];
    if (!output) return 'missing';
    if (output.madeOf !== this.#madeOf(widget)) return 'stale';
    const rests = this.#app.widgets.filter((each) => this.#wiring(id).dependsOn.includes(each.id));
    return rests.some((each) => asksModel(each) && each.kind !== 'chat' && this.status(each) !== 'fresh')
      ? 'stale'
      : 'fresh';
  }

  /** Runs what is missing or out of date, `only` (with what that rests on) or all; `again`: what is up to date as well. */
  async run({ only, again = false }: { only?: string; again?: boolean } = {}): Promise<void> {
    const { order, widgets, wiring } = this.#app;
    const planned = new Map<string, Promise<boolean>>();
    const plan = (id: string): Promise<boolean> => {
      const standing = planned.get(id);
      if (standing) return standing;
      const widget = widgets.find((each) => each.id === id)!;
      const work = (async () => {
        if (!asksModel(widget) || widget.kind === 'chat') return true;
        const before = await Promise.all(wiring[id]!.dependsOn.map(plan));
        if (!before.every(Boolean)) return false;
        const wanted = again && (only === undefined || only === id);
        if (this.#running.has(id)) return false;
        this.#errors.delete(id);
        if (!wanted && this.status(widget) === 'fresh') return true;
        return this.#runOne(widget);
      })();
      planned.set(id, work);
      return work;
    };
    await Promise.all((only === undefined ? order : order.filter((id) => id === only)).map(plan));
  }

  stop(id?: string): void {
    for (const [each, { controller }] of this.#running) if (id === undefined || each === id) controller.abort();
  }

  async #runOne(widget: Asking): Promise<boolean> {
    const madeOf = this.#madeOf(widget);
    const output = await this.#ask(widget);
    if (!output) return false;
    this.#state = { ...this.#state, outputs: { ...this.#state.outputs, [widget.id]: { ...output, madeOf } } };
    this.#changed();
    return true;
  }

  /** Says something to a chatbot. Resolves with whether it has answered. */
  async say(widget: Asking, text: string): Promise<boolean> {
    const before = [...this.chatOf(widget.id)];
    const messages: Message[] = [...before, { role: 'user', text }];
    this.#setChat(widget.id, messages);
    const output = await this.#ask(widget, messages);
    const answer = output && 'text' in output.value ? output.value.text : '';
    if (answer.trim() === '') {
      if (output) this.#errors.set(widget.id, new Error('The model said nothing.'));
      // What was not answered is not said: it stands in the field again.
      this.#setChat(widget.id, before);
      return false;
    }
    this.#setChat(widget.id, [...messages, { role: 'assistant', text: answer }]);
    return true;
  }

  clearChat = (id: string): void => this.#setChat(id, []);

  #setChat(id: string, messages: Message[]): void {
    this.#state = { ...this.#state, chats: { ...this.#state.chats, [id]: messages } };
    this.#changed();
  }

  async #ask(widget: Asking, messages?: Message[]): Promise<Omit<Output, 'madeOf'> | undefined> {
    const { id } = widget;
    const controller = new AbortController();
    this.#running.set(id, { text: '', controller });
    this.#errors.delete(id);
    this.#changed();
    const values = Object.fromEntries(
      this.#wiring(id).dependsOn.flatMap((each) => {
        const value = this.#valueOf(each);
        return value ? [[each, value]] : [];
      }),
    );
    try {
      const body = JSON.stringify({ widget: id, region: this.#region, values, ...(messages ? { messages } : {}) });
      const response = await askStack(this.#session, 'POST', `apps/${this.#app.id}/run`, {
        body,
        signal: controller.signal,
      });
      if (!response.ok) {
        const said = (await response.json().catch(() => ({}))) as { name?: string; message?: string };
        const { name = 'StackError', message = `HTTP ${response.status}` } = said;
        throw Object.assign(new Error(message), { name, $metadata: { httpStatusCode: response.status } });
      }
      return await this.#read(id, response, controller);
    } catch (error) {
      if (!isAbort(error)) this.#errors.set(id, error);
      else this.#errors.set(id, Object.assign(new Error('You stopped it before it had ended.'), { name: 'Stopped' }));
      return undefined;
    } finally {
      this.#running.delete(id);
      this.#changed();
    }
  }

  async #read(id: string, response: Response, controller: AbortController): Promise<Omit<Output, 'madeOf'>> {
    let text = '';
    let image: { format: string; base64: string } | undefined;
    let done: Done | undefined;
    const notes: string[] = [];
    for await (const line of linesOf(response)) {
      if (line.error) throw Object.assign(new Error(line.error.message), { name: line.error.name });
      if (line.note !== undefined) notes.push(line.note);
      ({ image, done } = { image, done, ...line });
      if (line.text === undefined) continue;
      text += line.text;
      this.#running.set(id, { text, controller });
      this.#changed();
    }
    if (!done) throw new Error('The stack ended its answer early.');
    return { value: image ? { image } : { text }, notes, done };
  }
}

async function* linesOf(response: Response): AsyncGenerator<Line> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? '')).split('\n');
    rest = done ? '' : lines.pop()!;
    for (const line of lines) if (line !== '') yield JSON.parse(line) as Line;
    if (done) return;
  }
}

/** 53 bits that tell texts apart (cyrb53). */
function digest(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
