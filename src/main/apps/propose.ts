import type { ConverseCommandOutput } from '@aws-sdk/client-bedrock-runtime';
import { z } from 'zod';
import type { Kernel } from '../../kernel/kernel.ts';
import { appContent, type AppContent, type Widget } from './app.ts';
import { OUTPUT_TOKENS_DEFAULT, WIDGETS_MAX } from './limits.ts';
import type { Models } from './generate.ts';
import { wiringOf } from './references.ts';

/** What a model is asked to fill in. */
const proposal = z.object({
  title: z.string(),
  widgets: z
    .array(
      z.object({
        kind: z.enum(['input', 'document', 'static', 'text', 'image', 'chat']),
        title: z.string(),
        prompt: z.string().optional(),
        placeholder: z.string().optional(),
      }),
    )
    .min(1)
    .max(WIDGETS_MAX),
});

const INSTRUCTIONS = `You design small apps made of widgets. Kinds: "input" (the user types), "document" (the user uploads a file), \
"static" (a text for the user, in "prompt"), "text" (a model writes it out of "prompt"), "image" (a model draws it out of "prompt"), "chat" (a \
chatbot, told what it is by "prompt"). Titles are short and all different. A prompt refers to other widgets as @[Title]; each reference names a \
widget of the app exactly, no widget rests on itself, and every input is referred to. Images refer to inputs and texts only. Call the tool once.`;

export type Proposal =
  | { content: AppContent; inputTokens: number; outputTokens: number }
  | { fault: string; inputTokens: number; outputTokens: number };

/** An app that a model proposes. What is not whole (a reference to nothing, a circle) is a fault, not an app. Rejects with Bedrock's error. */
export async function proposeApp(
  kernel: Kernel,
  {
    sentence,
    models,
    region,
    maxTokens,
    signal,
  }: { sentence: string; models: Models; region: string; maxTokens: number; signal: AbortSignal },
): Promise<Proposal> {
  const answer = await kernel.calls.send<ConverseCommandOutput>({
    service: 'bedrock-runtime',
    operation: 'Converse',
    input: {
      modelId: models.text,
      system: [{ text: INSTRUCTIONS }],
      messages: [{ role: 'user', content: [{ text: `Design this app: ${sentence}` }] }],
      inferenceConfig: { temperature: 0, maxTokens },
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'make_app',
              description: 'Makes the app.',
              inputSchema: { json: z.toJSONSchema(proposal, { target: 'draft-7' }) },
            },
          },
        ],
        toolChoice: { any: {} },
      },
    },
    principal: kernel.principals.root.principal,
    region,
    signal,
  });
  const { inputTokens = 0, outputTokens = 0 } = answer.usage ?? {};
  const used = { inputTokens, outputTokens };
  const input = answer.output?.message?.content?.find(({ toolUse }) => toolUse)?.toolUse?.input;
  const parsed = proposal.safeParse(input);
  if (!parsed.success) return { fault: `its proposal has not the form of an app`, ...used };
  const content = appContent.safeParse({
    title: parsed.data.title,
    description: sentence,
    widgets: parsed.data.widgets.map((widget, at) => widgetOf(widget, `w${at + 1}`, models)),
  });
  if (!content.success) return { fault: content.error.issues.map(({ message }) => message).join('; '), ...used };
  const { wiring } = wiringOf(content.data.widgets);
  const faults = content.data.widgets.flatMap(({ id, title }) =>
    wiring[id]!.faults.map((fault) => `${title}: ${fault}`),
  );
  if (faults.length > 0) return { fault: faults.join(' '), ...used };
  if (!content.data.widgets.some((widget) => 'prompt' in widget)) return { fault: 'it makes nothing', ...used };
  return { content: content.data, ...used };
}

function widgetOf(
  { kind, title, prompt = '', placeholder = '' }: z.output<typeof proposal>['widgets'][number],
  id: string,
  models: Models,
): Widget {
  const common = { id, title, width: 'half' as const };
  const words = { prompt, model: models.text, temperature: 0.7, maxTokens: OUTPUT_TOKENS_DEFAULT };
  switch (kind) {
    case 'input':
      return { ...common, kind, placeholder, value: '' };
    case 'document':
      return { ...common, kind };
    case 'static':
      return { ...common, kind, text: prompt };
    case 'image':
      return { ...common, kind, prompt, model: models.image, size: '512x512' };
    case 'chat':
      return { ...common, kind, ...words, greeting: '' };
    default:
      return { ...common, kind: 'text', ...words };
  }
}
