import { z } from 'zod';
import {
  DESCRIPTION_MAX,
  INPUT_MAX,
  OUTPUT_TOKENS_MAX,
  PROMPT_MAX,
  STATIC_MAX,
  TITLE_MAX,
  WIDGETS_MAX,
} from './limits.ts';

/** An app: widgets that users fill in, and widgets that models fill in out of them. */
const widgetTitle = z
  .string()
  .trim()
  .min(1, 'a widget has a title')
  .max(TITLE_MAX)
  .regex(/^[^@[\]\r\n]+$/, 'a title has no @, [ or ], which references are written with, and one line');
const common = {
  id: z.string().regex(/^[A-Za-z0-9-]{1,40}$/, 'an id has 1 to 40 letters, digits and hyphens'),
  title: widgetTitle,
  /** Of the grid: a third, a half, or all of it. */
  width: z.enum(['third', 'half', 'full']),
};
/**
 * A foundation model or an inference profile of AWS's. Never an ARN: the stack asks the model with rights of its own, and an ARN would name
 * prompts, custom models and units that the user may have no right to.
 */
export const modelId = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9-]+(?:\.[A-Za-z0-9][\w:-]*)+$/, 'not the id of a model, e.g. amazon.nova-lite-v1:0');
const asked = {
  prompt: z.string().max(PROMPT_MAX),
  model: modelId,
  temperature: z.number().min(0).max(1),
  topP: z.number().min(0).max(1).optional(),
  maxTokens: z.number().int().min(1).max(OUTPUT_TOKENS_MAX),
};

const widget = z.discriminatedUnion('kind', [
  /** `value`: what it holds before somebody types. */
  z.strictObject({
    ...common,
    kind: z.literal('input'),
    placeholder: z.string().max(200),
    value: z.string().max(INPUT_MAX),
  }),
  z.strictObject({ ...common, kind: z.literal('document') }),
  z.strictObject({ ...common, kind: z.literal('static'), text: z.string().max(STATIC_MAX) }),
  z.strictObject({ ...common, kind: z.literal('text'), ...asked }),
  z.strictObject({
    ...common,
    kind: z.literal('image'),
    prompt: asked.prompt,
    model: modelId,
    size: z.enum(['512x512', '768x768', '1024x1024']),
    /** Absent: another picture each time, where the model draws so. */
    seed: z.number().int().min(0).max(858_993_459).optional(),
  }),
  /** `prompt`: what the chatbot is told to be. */
  z.strictObject({ ...common, kind: z.literal('chat'), ...asked, greeting: z.string().max(1_000) }),
]);

export type Widget = z.output<typeof widget>;
export type Asking = Extract<Widget, { prompt: string }>;

export const asksModel = (one: Widget): one is Asking => 'prompt' in one;

/** What users write of an app. */
export const appContent = z.strictObject({
  title: z.string().trim().min(1, 'an app has a title').max(TITLE_MAX),
  description: z.string().max(DESCRIPTION_MAX),
  widgets: z
    .array(widget)
    .max(WIDGETS_MAX)
    .superRefine((widgets, context) => {
      const ids = new Set<string>();
      const titles = new Set<string>();
      for (const { id, title } of widgets) {
        if (ids.has(id)) context.addIssue({ code: 'custom', message: `two widgets have the id ${id}` });
        if (titles.has(title.toLowerCase()))
          context.addIssue({ code: 'custom', message: `two widgets are called "${title}": references need one` });
        ids.add(id);
        titles.add(title.toLowerCase());
      }
    }),
});
export type AppContent = z.output<typeof appContent>;

export type App = AppContent & {
  id: string;
  /** ARN of the user, role or root that made it. */
  owner: string;
  /** Counts changes. */
  version: number;
  shared: boolean;
  createdMs: number;
  updatedMs: number;
  remixOf?: { id: string; title: string; owner: string };
};
