import type { Rule } from './types.ts';

export type Template = { id: string; name: string; description: string; rule: Rule };

/** What goes wrong on AWS now and then, and other beginnings of rules. */
export const FAULTS: Template[] = [
  {
    id: 'throttle',
    name: 'Throttling',
    description: 'The service’s own throttling error',
    rule: { fault: 'throttle' },
  },
  {
    id: 'error',
    name: 'Server error (500)',
    description: 'An internal error of the service',
    rule: { fault: { status: 500 } },
  },
  {
    id: 'unavailable',
    name: 'Unavailable (503)',
    description: 'The service is not available',
    rule: { fault: { status: 503 } },
  },
  {
    id: 'timeout',
    name: 'Time-out',
    description: 'No answer, until the client gives up (30 s at most)',
    rule: { fault: { timeout: '30s' } },
  },
  {
    id: 'reset',
    name: 'Connection reset',
    description: 'The connection ends without an answer',
    rule: { fault: 'reset' },
  },
  {
    id: 'slow',
    name: 'Slow tokens',
    description: 'Each event of a stream waits 200 ms',
    rule: { operation: '*Stream', fault: { slow: '200ms' } },
  },
  {
    id: 'cut',
    name: 'Stream cut',
    description: 'A stream ends before its message does',
    rule: { operation: '*Stream', fault: 'cut' },
  },
  {
    id: 'malformed',
    name: 'Malformed tool JSON',
    description: 'A model that wants to use a tool writes no JSON',
    rule: { operation: 'Converse*', fault: 'malformedToolJson' },
  },
];

const MODELS = 'bedrock-runtime';

export const TEMPLATES: Template[] = [
  {
    id: 'say',
    name: 'A model says',
    description: 'In every family’s own format, streamed or not',
    rule: {
      id: 'weather',
      model: '*',
      prompt: String.raw`weather in (?P<city>\w+)`,
      say: 'In {{match.city}} it rains.',
    },
  },
  {
    id: 'tool',
    name: 'A model uses a tool',
    description: 'And says something of its result at the next turn',
    rule: {
      id: 'tool',
      model: '*',
      script: [
        { say: { toolUse: { name: 'get_weather', input: { city: 'Berlin' } } } },
        { say: 'The tool says: {{toolResult}}', expect: { toolResults: 'get_weather' } },
      ],
    },
  },
  {
    id: 'answer',
    name: 'Declared answer',
    description: 'The output of an operation, in the SDK’s shape',
    rule: {
      id: 'identity',
      service: 'sts',
      operation: 'GetCallerIdentity',
      answer: { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:user/ann', UserId: 'AIDAEXAMPLE' },
    },
  },
  {
    id: 'limit',
    name: 'Rate limit',
    description: 'So many requests a minute, then throttling',
    rule: { id: 'limit', service: MODELS, limit: { requests: 5, per: '1m', by: 'model' } },
  },
  ...FAULTS.map((template) => ({
    ...template,
    name: `Fault: ${template.name}`,
    rule: { id: template.id, service: MODELS, ...template.rule },
  })),
];
