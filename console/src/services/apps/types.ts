/** What `/_outcrop/apps…` says. */
type Common = { id: string; title: string; width: 'third' | 'half' | 'full' };
type Words = { prompt: string; model: string; temperature: number; topP?: number; maxTokens: number };
export type Widget = Common &
  (
    | { kind: 'input'; placeholder: string; value: string }
    | { kind: 'document' }
    | { kind: 'static'; text: string }
    | ({ kind: 'text' } & Words)
    | { kind: 'image'; prompt: string; model: string; size: '512x512' | '768x768' | '1024x1024'; seed?: number }
    | ({ kind: 'chat'; greeting: string } & Words)
  );
export type Kind = Widget['kind'];
export type Asking = Extract<Widget, { prompt: string }>;
export type Content = { title: string; description: string; widgets: Widget[] };

export type App = Content & {
  id: string;
  owner: string;
  mine: boolean;
  version: number;
  shared: boolean;
  createdAt: string;
  updatedAt: string;
  remixOf?: { id: string; title: string; owner: string };
  /** By the id of a widget: what it rests on, and what is wrong with it. */
  wiring: Record<string, { dependsOn: string[]; faults: string[] }>;
  /** Widgets that models fill in, each after what it rests on. */
  order: string[];
};
export type Summary = Pick<App, 'id' | 'title' | 'description' | 'owner' | 'shared' | 'createdAt' | 'updatedAt'> & {
  widgets: number;
};
export type Model = { id: string; name: string; provider: string; backend: string };
export type Models = { text: Model[]; image: Model[]; standard: { text: string; image: string } };
export type CreditUse = { limit: number; used: number; left: number; renewsAt: string };
export type Snapshot = { id: string; name: string; createdMs: number; widgets: number };

export const asksModel = (widget: Widget): widget is Asking => 'prompt' in widget;

export const KINDS: Record<Kind, { name: string; does: string }> = {
  input: { name: 'User input', does: 'Text that whoever uses the app types.' },
  document: { name: 'Document', does: 'A file that whoever uses the app uploads.' },
  static: { name: 'Static text', does: 'A text that is the same for all.' },
  text: { name: 'AI text', does: 'A text that a model writes from a prompt.' },
  image: { name: 'Image', does: 'A picture that a model draws from a prompt.' },
  chat: { name: 'Chatbot', does: 'A conversation with a model that a prompt instructs.' },
};

/** Who is behind an ARN, in a word. */
export const nameOf = (arn: string): string => (arn.endsWith(':root') ? 'the account root' : arn.split(/[:/]/).at(-1)!);

/** `@Topic`, `@[Bedtime story]` */
export const referenceTo = (title: string): string => (/^[\p{L}\p{N}_]+$/u.test(title) ? `@${title}` : `@[${title}]`);
