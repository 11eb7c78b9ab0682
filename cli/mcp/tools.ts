import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { manage } from '../../src/main.ts';
import { listDocuments, readDocument, searchDocuments } from '../documents.ts';
import { readDuration } from '../manage.ts';
import { reasoningText, type Reasoning } from '../why.ts';

/** What a tool answers: text, or a failure that the agent reads. */
type Answer = { content: { type: 'text'; text: string }[]; isError?: boolean };

const text = (value: unknown): Answer => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value, undefined, 1) }],
});

/** Runs a tool; what fails is told, not thrown: the agent can do something about it. */
const told =
  <A extends unknown[]>(run: (...given: A) => Promise<unknown>) =>
  async (...given: A): Promise<Answer> => {
    try {
      return text(await run(...given));
    } catch (error) {
      return { ...text(error instanceof Error ? error.message : String(error)), isError: true };
    }
  };

const CALLS_DEFAULT = 20;
const CALLS_MAX = 1_000;
const FOUND_MAX = 40;
const reads = { readOnlyHint: true, openWorldHint: false };

type Call = {
  requestId: string;
  service: string;
  operation: string;
  principal: string;
  status: number;
  error?: string;
};

/** The tools, each over the management API of the stack that AWS_ENDPOINT_URL names. */
export function addTools(server: McpServer): void {
  server.registerTool(
    'coverage',
    {
      title: 'What is built',
      description:
        'Which operations of AWS services this stack has, and which it answers with 501. Without a service: counts of all; with one (SDK client name, e.g. bedrock-runtime): its operations.',
      inputSchema: { service: z.string().optional() },
      annotations: reads,
    },
    told(async ({ service }) => {
      const { services } = (await manage('GET', 'coverage')) as {
        services: { sdk: string; built: string[]; unbuilt: string[] }[];
      };
      if (service === undefined)
        return services
          .map(({ sdk, built, unbuilt }) => `${sdk}: ${built.length} of ${built.length + unbuilt.length}`)
          .join('\n');
      const found = services.find(({ sdk }) => sdk === service);
      if (!found)
        throw new Error(`There is no service ${service}. There is: ${services.map(({ sdk }) => sdk).join(', ')}`);
      return found;
    }),
  );

  server.registerTool(
    'calls',
    {
      title: 'What was called',
      description:
        'The latest AWS calls, newest first: who, what, status, error, how it was answered, the rule that decided, duration and list price.',
      inputSchema: {
        limit: z.number().int().min(1).max(CALLS_MAX).default(CALLS_DEFAULT),
        service: z.string().optional(),
        operation: z.string().optional(),
        failed: z.boolean().optional().describe('only calls that failed'),
      },
      annotations: reads,
    },
    told(async ({ limit, service, operation, failed }) => {
      const { calls } = (await manage('GET', `calls?limit=${CALLS_MAX}`)) as { calls: Call[] };
      return calls
        .filter(
          (call) =>
            (service === undefined || call.service === service) &&
            (operation === undefined || call.operation === operation) &&
            (failed !== true || call.status >= 400),
        )
        .slice(0, limit);
    }),
  );

  server.registerTool(
    'why',
    {
      title: 'Why a call was allowed or denied',
      description:
        'The whole reasoning of the permission decisions of a call: every policy that bears on it, statement by statement. Without a request id: of the latest denied call.',
      inputSchema: { requestId: z.string().optional() },
      annotations: reads,
    },
    told(async ({ requestId }) => {
      let wanted = requestId;
      if (wanted === undefined) {
        const { calls } = (await manage('GET', `calls?limit=${CALLS_MAX}`)) as { calls: Call[] };
        wanted = calls.find(({ error = '' }) => /^AccessDenied|^UnauthorizedOperation/.test(error))?.requestId;
        if (wanted === undefined) throw new Error(`None of the latest ${calls.length} calls was denied.`);
      }
      const { decisions } = (await manage('GET', `why?request=${encodeURIComponent(wanted)}`)) as {
        decisions: Reasoning[];
      };
      return [`request ${wanted}`, ...decisions.map(reasoningText)].join('\n');
    }),
  );

  server.registerTool(
    'cost',
    {
      title: 'What it would have cost on AWS',
      description: 'Usage and its list price, summed by a dimension. Nothing is charged here.',
      inputSchema: {
        by: z.enum(['service', 'model', 'principal', 'type', 'region', 'account', 'day']).default('service'),
      },
      annotations: reads,
    },
    told(async ({ by }) => {
      const { usd, lines } = (await manage('GET', 'cost')) as {
        usd: number;
        lines: (Record<string, string> & { usd?: number })[];
      };
      const sums: Record<string, number> = {};
      for (const line of lines) {
        const key = line[by === 'model' ? 'resource' : by] ?? '-';
        sums[key] = (sums[key] ?? 0) + (line.usd ?? 0);
      }
      return { usd, by: sums, linesWithoutAPrice: lines.filter((line) => line.usd === undefined).length };
    }),
  );

  server.registerTool(
    'rules',
    {
      title: 'Rules in effect',
      description:
        'Rules that declare answers, record, replay or inject faults, with how often each has decided; and what is wrong with rule files.',
      annotations: reads,
    },
    told(() => manage('GET', 'rules')),
  );

  server.registerTool(
    'set_rule',
    {
      title: 'Add or replace a rule',
      description:
        'Adds a rule before the others, or replaces the one with its id. A rule names calls (service, operation, model, prompt …) and what they get (answer, say, script, fault, delay, record, replay). The page "rules" of the docs says all. Example: {"id":"slow","service":"bedrock-runtime","fault":"throttle","times":2}',
      inputSchema: { rule: z.record(z.string(), z.unknown()) },
      annotations: { readOnlyHint: false, idempotentHint: true, openWorldHint: false },
    },
    told(({ rule }) => manage('POST', 'rules', rule)),
  );

  server.registerTool(
    'remove_rule',
    {
      title: 'Remove a rule',
      description: 'Removes a rule that was set by an API; rules of files are changed in their files.',
      inputSchema: { id: z.string() },
      annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
    },
    told(({ id }) => manage('DELETE', `rules/${encodeURIComponent(id)}`)),
  );

  server.registerTool(
    'clock',
    {
      title: 'The clock of the stack',
      description:
        'Shows the clock, or changes it: advance (what falls due happens at once), set, freeze, run, reset (back to real time).',
      inputSchema: {
        action: z.enum(['show', 'advance', 'set', 'freeze', 'run', 'reset']).default('show'),
        by: z.string().optional().describe('how far to advance: 30d, 12h, 15m, 90s'),
        at: z.string().optional().describe('the time to set or freeze at, ISO 8601'),
      },
      annotations: { readOnlyHint: false, openWorldHint: false },
    },
    told(async ({ action, by, at }) => {
      if (action === 'show') return manage('GET', 'clock');
      if (action === 'advance' && by === undefined) throw new Error('by is missing: how far to advance, e.g. 30d');
      return manage('POST', 'clock', {
        action,
        ...(by === undefined ? {} : { ms: readDuration(by) }),
        ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
      });
    }),
  );

  server.registerTool(
    'docs',
    {
      title: 'Documentation',
      description:
        'A page as Markdown (a service such as s3, or a subject such as rules); lines that have some words; or, with neither, the list of pages.',
      inputSchema: { page: z.string().optional(), search: z.string().optional() },
      annotations: reads,
    },
    told(async ({ page, search }) => {
      if (page !== undefined) return readDocument(page);
      if (search === undefined)
        return listDocuments()
          .map(({ name, title, summary }) => `${name}: ${title}. ${summary}`)
          .join('\n');
      const found = searchDocuments(search, FOUND_MAX);
      return found.length === 0
        ? `No page says ${search}.`
        : found.map(({ name, line, text: each }) => `${name}:${line}: ${each}`).join('\n');
    }),
  );
}
