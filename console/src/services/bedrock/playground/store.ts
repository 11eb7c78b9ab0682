import { useSyncExternalStore } from 'react';
import { getSession, type Session } from '../../../aws/session.ts';
import { tellFailure } from '../../../shell/notices.tsx';
import { newChat, type Chat, type Column, type Turn } from './conversation.ts';

/** The conversation of who is signed in: it outlasts a reload of the tab, and goes with the tab. */
const KEY = 'outcrop.chat';
const SAVE_MS = 500;
const stores = new Map<string, ChatStore>();

export class ChatStore {
  readonly #key: string;
  readonly #listeners = new Set<() => void>();
  readonly #running = new Map<string, AbortController>();
  #chat: Chat;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #tooLarge = false;

  constructor(key: string) {
    this.#key = key;
    this.#chat = read(key) ?? newChat();
    globalThis.addEventListener('pagehide', () => this.#save());
  }

  get = (): Chat => this.#chat;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  update(change: (chat: Chat) => Chat): void {
    this.#chat = change(this.#chat);
    for (const listener of this.#listeners) listener();
    this.#saving ??= setTimeout(() => this.#save(), SAVE_MS);
  }

  column(id: string): Column | undefined {
    return this.#chat.columns.find((column) => column.id === id);
  }

  updateColumn(id: string, change: (column: Column) => Column): void {
    this.update((chat) => ({
      ...chat,
      columns: chat.columns.map((column) => (column.id === id ? change(column) : column)),
    }));
  }

  updateTurn<T extends Turn>(id: string, turnId: string, change: (turn: T) => T): void {
    this.updateColumn(id, (column) => ({
      ...column,
      turns: column.turns.map((turn) => (turn.id === turnId ? change(turn as T) : turn)),
    }));
  }

  /** A signal for what goes on in a column, until it is stopped. */
  begin(id: string): AbortSignal {
    this.stop(id);
    const controller = new AbortController();
    this.#running.set(id, controller);
    return controller.signal;
  }

  /** Stops a column, or all. */
  stop(id?: string): void {
    for (const [key, controller] of this.#running) {
      if (id !== undefined && key !== id) continue;
      controller.abort();
      this.#running.delete(key);
    }
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    // Who has signed out leaves nothing behind.
    if (!getSession()) return;
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.#chat, pack));
      this.#tooLarge = false;
    } catch {
      sessionStorage.removeItem(this.#key);
      if (!this.#tooLarge)
        tellFailure(new Error('The conversation is too large for the browser to keep: a reload would lose it.'));
      this.#tooLarge = true;
    }
  }
}

/** Bytes as base64, and back. */
const pack = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? { $bytes: base64(value) } : value;
const unpack = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '$bytes' in value
    ? Uint8Array.from(atob(value.$bytes as string), (letter) => letter.codePointAt(0)!)
    : value;

/** Arguments of one call. */
const PIECE = 8_192;
const packed = new WeakMap<Uint8Array, string>();
function base64(bytes: Uint8Array): string {
  const known = packed.get(bytes);
  if (known !== undefined) return known;
  let letters = '';
  for (let at = 0; at < bytes.length; at += PIECE) letters += String.fromCodePoint(...bytes.subarray(at, at + PIECE));
  const text = btoa(letters);
  packed.set(bytes, text);
  return text;
}

function read(key: string): Chat | undefined {
  const text = sessionStorage.getItem(key);
  if (text === null) return undefined;
  const chat = JSON.parse(text, unpack) as Chat;
  const stopped = (turn: Turn): Turn =>
    turn.role === 'assistant' && turn.state === 'streaming' ? { ...turn, state: 'stopped' } : turn;
  return { ...chat, columns: chat.columns.map((column) => ({ ...column, turns: column.turns.map(stopped) })) };
}

export function storeOf({ arn, region }: Pick<Session, 'arn' | 'region'>): ChatStore {
  const key = `${KEY} ${arn} ${region}`;
  let store = stores.get(key);
  if (!store) stores.set(key, (store = new ChatStore(key)));
  return store;
}

export const useChat = (store: ChatStore): Chat => useSyncExternalStore(store.subscribe, store.get);
