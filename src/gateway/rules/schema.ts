import { z } from 'zod';

/**
 * What a rule may say. The schema is the one source: rule files, the management API and the library are checked by it, and editors get it
 * as JSON Schema. What needs a service's own model to be checked is in `check.ts`.
 */

/** Rules of one stack. */
export const RULES_MAX = 1_000;
/** Steps of a sequence, turns of a script. */
const STEPS_MAX = 200;
const PATTERN_MAX = 512;
const REGEX_MAX = 2_000;
/** Nothing waits longer. Milliseconds. */
export const WAIT_MS_MAX = 15 * 60_000;

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/;

/** A duration in ms: a number of ms, or a text like `250ms`, `2s`, `1m`, `5h`, `1d`. Undefined where it is neither. */
export function millisecondsOf(duration: number | string): number | undefined {
  if (typeof duration === 'number') return duration;
  const match = DURATION.exec(duration);
  return match ? Number(match[1]) * UNITS_MS[match[2]!]! : undefined;
}

const duration = z
  .union([z.number().min(0), z.string().regex(DURATION, 'a duration: 250ms, 2s, 1m, 5h, or a number of milliseconds')])
  .meta({ description: 'Milliseconds, or a text: 250ms, 2s, 1m, 5h, 1d' });
const wait = duration.refine((value) => (millisecondsOf(value) ?? 0) <= WAIT_MS_MAX, 'nothing waits longer than 15m');
const one = z.string().min(1).max(PATTERN_MAX);
const patterns = z
  .union([one, z.array(one).min(1).max(100)])
  .meta({ description: 'With * and ?; a list means any of them' });
const regex = z.string().min(1).max(REGEX_MAX);
const positive = z.int().positive();
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const condition = z.strictObject({
  equals: scalar.optional(),
  not: scalar.optional(),
  in: z.array(scalar).min(1).max(1_000).optional(),
  matches: regex.optional().meta({ description: 'RE2 syntax, found anywhere; its groups are {{match.1}} …' }),
  contains: z.string().optional(),
  exists: z.boolean().optional(),
  lt: z.number().optional(),
  lte: z.number().optional(),
  gt: z.number().optional(),
  gte: z.number().optional(),
});
export type Condition = z.output<typeof condition>;
const valueCondition = z.union([scalar, condition]);
const textCondition = z.union([regex, condition]);

const json: z.ZodType = z.unknown();
const output = z
  .record(z.string(), json)
  .meta({ description: "The operation's output in the SDK's shape; templates in {{…}}" });

const toolUse = z.strictObject({
  name: z.string().min(1).max(64),
  input: z.union([z.record(z.string(), json), z.string()]).optional(),
});
const usage = z.strictObject({ inputTokens: z.int().min(0).optional(), outputTokens: z.int().min(0).optional() });
const speech = z.strictObject({
  text: z.string().optional(),
  toolUse: z.union([toolUse, z.array(toolUse).min(1).max(64)]).optional(),
  reasoning: z.string().optional(),
  stopReason: z.enum(['end_turn', 'tool_use', 'max_tokens', 'stop_sequence', 'content_filtered']).optional(),
  usage: usage.optional(),
  tokensPerSecond: z.number().positive().max(1_000_000).optional(),
});
export type Speech = z.output<typeof speech>;
const say = z.union([z.string(), speech]);
const turn = z.strictObject({
  say,
  expect: z
    .strictObject({
      prompt: textCondition.optional(),
      toolResults: z
        .union([z.string(), z.array(z.string()).min(1)])
        .optional()
        .meta({ description: 'Names of the tools whose results must have come' }),
    })
    .optional(),
});

const cut = z.strictObject({
  frames: z.int().min(0).optional().meta({ description: 'After so many events' }),
  characters: z.int().min(0).optional().meta({ description: 'After so many characters of text' }),
  beforeStop: z.literal(true).optional().meta({ description: 'Before the event that ends the message (the default)' }),
  error: z
    .string()
    .optional()
    .meta({ description: 'A modelled exception of the stream; absent: the connection is cut' }),
  message: z.string().optional(),
});

const faultObject = z.strictObject({
  throttle: z.literal(true).optional(),
  error: z.string().min(1).max(128).optional(),
  message: z.string().max(4_000).optional(),
  status: z.int().min(400).max(599).optional(),
  members: z.record(z.string(), json).optional(),
  retryAfter: duration.optional(),
  reset: z.literal(true).optional(),
  timeout: z.union([z.literal(true), wait]).optional(),
  cut: z.union([z.literal(true), cut]).optional(),
  slow: wait.optional().meta({ description: 'Waited before each event of a stream' }),
  malformedToolJson: z.literal(true).optional(),
  failItems: z
    .union([positive, z.array(z.int().min(0)).min(1).max(1_000)])
    .optional()
    .meta({ description: 'So many items of a batch, or those at these places (from 0), fail' }),
  truncate: z.int().min(0).optional().meta({ description: 'Bytes of the body that are sent' }),
  wrongChecksum: z.literal(true).optional(),
});
export type FaultObject = z.output<typeof faultObject>;
const fault = z.union([
  z.enum(['throttle', 'reset', 'timeout', 'cut', 'malformedToolJson', 'wrongChecksum']),
  faultObject,
]);
export type Fault = z.output<typeof fault>;

/** Of a fault, those that end the call by themselves; the others change an answer. */
export const ENDING_FAULTS = ['throttle', 'error', 'reset', 'timeout'] as const;
/** Those that change a stream of events. */
export const STREAM_FAULTS = ['cut', 'slow', 'malformedToolJson'] as const;

/** A fault as an object, whatever it was written as. A `status` without an error ends the call too. */
export function faultOf(written: Fault): FaultObject {
  return typeof written === 'string' ? { [written]: true } : written;
}

export const endsCall = (given: FaultObject) =>
  ENDING_FAULTS.some((kind) => given[kind] !== undefined) || given.status !== undefined;

const delay = z
  .union([wait, z.tuple([wait, wait])])
  .meta({ description: 'Waited before the call is answered; two: a range' });

const step = z.strictObject({
  answer: output.optional(),
  say: say.optional(),
  fault: fault.optional(),
  delay: delay.optional(),
  compute: z.literal(true).optional(),
});

const limit = z.strictObject({
  requests: positive.optional(),
  tokens: positive
    .optional()
    .meta({ description: 'Of model invocations: input and output × burndown; maxTokens is reserved at the start' }),
  per: duration.default('1m'),
  by: z.enum(['principal', 'model', 'account', 'all']).default('all'),
  burndown: z.number().min(1).max(100).optional(),
});

const cassetteName = z
  .string()
  .min(1)
  .max(1_024)
  .meta({ description: 'A file, from the folder of the rule file (or the working folder of the stack)' });
const scrub = z.strictObject({
  paths: z.array(z.string()).max(100).optional().meta({ description: 'JSONPaths into inputs and JSON bodies' }),
  patterns: z.array(regex).max(100).optional().meta({ description: 'Replaced wherever they are found' }),
});
const passThrough = z.strictObject({
  endpoint: z.url().optional().meta({ description: "Absent: the service's own on AWS" }),
  region: z.string().optional(),
  profile: z
    .string()
    .optional()
    .meta({ description: 'Of the shared credentials file; absent: AWS_PROFILE, or the keys of the environment' }),
});
const record = z.strictObject({
  cassette: cassetteName,
  passThrough: z.union([z.literal(true), passThrough]).optional(),
  scrub: scrub.optional(),
  ignore: z
    .array(z.string())
    .max(100)
    .optional()
    .meta({ description: 'JSONPaths of the input that tell no two calls apart' }),
});
const replay = z.strictObject({
  cassette: cassetteName,
  miss: z.enum(['error', 'compute', 'record']).default('error').meta({
    description:
      'A call that is not in the cassette: error = OutcropCassetteMiss; compute; record = compute, and add it',
  }),
  timing: z.boolean().default(false).meta({ description: 'Events come as slowly as they did' }),
  ignore: z.array(z.string()).max(100).optional(),
  scrub: scrub.optional(),
});
export type RecordRule = z.output<typeof record>;
export type ReplayRule = z.output<typeof replay>;

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const shape = {
  id: z.string().regex(ID, 'letters, digits, . _ and -, at most 64').optional(),
  description: z.string().max(2_000).optional(),
  enabled: z.boolean().optional(),
  priority: z
    .int()
    .min(-1_000)
    .max(1_000)
    .optional()
    .meta({ description: 'The higher is asked first; 0 unless it says' }),

  service: patterns.optional(),
  operation: patterns.optional(),
  model: patterns
    .optional()
    .meta({ description: 'Model ids without the prefix of an inference profile: anthropic.claude-*' }),
  principal: patterns.optional().meta({ description: 'ARNs of callers' }),
  account: patterns.optional(),
  region: patterns.optional(),
  input: z.record(z.string(), valueCondition).optional().meta({ description: 'JSONPath → what a value there must be' }),
  prompt: textCondition.optional().meta({ description: 'The last text that the user said to a model' }),
  body: textCondition.optional().meta({ description: 'The whole request body as text' }),
  header: z.record(z.string(), valueCondition).optional(),
  when: z
    .strictObject({ state: z.union([z.string(), z.array(z.string()).min(1)]), scenario: z.string().optional() })
    .optional(),
  // oxlint-disable-next-line unicorn/no-thenable -- data, never awaited as such
  then: z.strictObject({ state: z.string(), scenario: z.string().optional() }).optional(),

  nth: z.union([positive, z.array(positive).min(1).max(1_000)]).optional(),
  every: positive.optional(),
  after: z.int().min(0).optional(),
  times: positive.optional(),
  probability: z.number().min(0).max(1).optional(),

  delay: delay.optional(),
  answer: output.optional(),
  say: say.optional(),
  script: z.array(turn).min(1).max(STEPS_MAX).optional(),
  sequence: z.array(step).min(1).max(STEPS_MAX).optional(),
  sequenceEnd: z.enum(['last', 'loop', 'error', 'compute']).optional(),
  tokensPerSecond: z.number().positive().max(1_000_000).optional(),
  fault: fault.optional(),
  limit: limit.optional(),
  record: z.union([cassetteName, record]).optional(),
  replay: z.union([cassetteName, replay]).optional(),
  compute: z.literal(true).optional(),
};

/** What a rule does; at most one of them, but for `fault`, which may change what another answers. */
export const ACTIONS = ['answer', 'say', 'script', 'sequence', 'limit', 'record', 'replay', 'compute'] as const;
/** Operations that a family-independent `say` or `script` answers. */
export const MODEL_OPERATIONS: ReadonlySet<string> = new Set([
  'Converse',
  'ConverseStream',
  'InvokeModel',
  'InvokeModelWithResponseStream',
]);

type Issues = { issues: { code: 'custom'; message: string; path: (string | number)[]; input: unknown }[] };

export const ruleSchema = z.strictObject(shape).superRefine((rule, context) => {
  const say = (path: (string | number)[], message: string) =>
    (context as unknown as Issues).issues.push({ code: 'custom', message, path, input: rule });
  const actions = ACTIONS.filter((name) => rule[name] !== undefined);
  if (actions.length > 1) say([actions[1]!], `a rule answers in one way; this one has ${actions.join(' and ')}`);
  const given = rule.fault === undefined ? undefined : faultOf(rule.fault);
  checkFault(given, say, ['fault']);
  if (given && endsCall(given) && actions.length > 0)
    say([actions[0]!], `a fault that ends the call leaves nothing for ${actions[0]} to answer`);
  if (
    given &&
    (actions[0] === 'record' || actions[0] === 'replay' || actions[0] === 'limit' || actions[0] === 'sequence')
  )
    say(['fault'], `${actions[0]} takes no fault; give it a rule of its own`);
  if (rule.when && rule.then && (rule.when.scenario ?? '') !== (rule.then.scenario ?? ''))
    say(['then', 'scenario'], 'a rule waits for a state of one scenario and sets the next of the same');
  if (rule.sequenceEnd && !rule.sequence) say(['sequenceEnd'], 'there is no sequence');
  if (rule.limit)
    for (const name of ['nth', 'every', 'after', 'times', 'probability', 'when', 'then'] as const)
      if (rule[name] !== undefined) say([name], `a limit counts by itself; ${name} is for rules that answer`);
  for (const name of ['limit', 'record', 'replay', 'sequence'] as const)
    if (rule[name] !== undefined && rule.delay !== undefined)
      say(
        ['delay'],
        name === 'sequence' ? 'is for the steps of the sequence' : `${name} takes no delay; give it a rule of its own`,
      );
  if (rule.tokensPerSecond && !rule.say && !rule.script)
    say(['tokensPerSecond'], 'is for say and script; a computed stream is slowed by fault: { slow: … }');
  if (rule.limit && rule.limit.requests === undefined && rule.limit.tokens === undefined)
    say(['limit'], 'a limit is of requests or of tokens');
  for (const [index, each] of (rule.sequence ?? []).entries()) {
    const ways = (['answer', 'say', 'compute'] as const).filter((name) => each[name] !== undefined);
    if (ways.length + (each.fault === undefined ? 0 : 1) === 0 && each.delay === undefined)
      say(['sequence', index], 'a step has an answer, say, fault, delay or compute');
    if (ways.length > 1)
      say(['sequence', index, ways[1]!], `a step answers in one way; this one has ${ways.join(' and ')}`);
    const stepFault = each.fault === undefined ? undefined : faultOf(each.fault);
    checkFault(stepFault, say, ['sequence', index, 'fault']);
    if (stepFault && endsCall(stepFault) && ways.length > 0)
      say(['sequence', index, ways[0]!], `a fault that ends the call leaves nothing for ${ways[0]} to answer`);
  }
  const range = Array.isArray(rule.delay) ? rule.delay.map((value) => millisecondsOf(value) ?? 0) : undefined;
  if (range && range[0]! > range[1]!) say(['delay'], 'the first of a range is the shorter');
});

function checkFault(
  given: FaultObject | undefined,
  say: (path: (string | number)[], message: string) => void,
  path: (string | number)[],
): void {
  if (!given) return;
  const ending = ENDING_FAULTS.filter((kind) => given[kind] !== undefined);
  if (ending.length > 1) say([...path, ending[1]!], `a call ends once; this fault has ${ending.join(' and ')}`);
  const changing = [...STREAM_FAULTS, 'failItems', 'truncate', 'wrongChecksum'].filter(
    (kind) => given[kind as keyof FaultObject] !== undefined,
  );
  if (endsCall(given) && changing.length > 0)
    say([...path, changing[0]!], `a fault that ends the call leaves no answer for ${changing[0]} to change`);
  if (!endsCall(given) && changing.length === 0)
    say(path, 'a fault says what goes wrong: throttle, error, status, reset, timeout, cut …');
  if (!endsCall(given))
    for (const name of ['message', 'members', 'retryAfter'] as const)
      if (given[name] !== undefined) say([...path, name], `${name} goes with an error`);
  if (given.members && given.error === undefined) say([...path, 'members'], 'members go with an error');
}

/** A rule as it is written. */
export type Rule = z.input<typeof ruleSchema>;
/** A rule that was checked. */
export type CheckedRule = z.output<typeof ruleSchema>;
export type Step = z.output<typeof step>;

/** A rule file: a list of rules, or a mapping with one. */
export const fileSchema = z.union([
  z.array(ruleSchema).max(RULES_MAX),
  z.strictObject({
    $schema: z.string().optional(),
    version: z.literal(1).optional(),
    rules: z.array(ruleSchema).max(RULES_MAX),
  }),
]);

/** The schema of rule files for editors. */
export function jsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-2020-12', unrepresentable: 'any' }),
    title: 'Outcrop rules',
    description: 'See docs/rules.md',
  };
}
