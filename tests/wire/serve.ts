/**
 * A stack whose every operation of every installed client records what it decoded and answers with a random output: the other end for
 * clients of other languages, which have codecs and models of their own. `npx tsx tests/wire/serve.ts` prints one line of JSON,
 * `{endpoint, control, region, accessKeyId, secretAccessKey}`, and serves until its standard input ends. The seed is OUTCROP_TEST_SEED.
 *
 * On the control address:
 * - `GET /clients`: `{[sdk]: {serviceId, protocol, operations: {[name]: {inputEvents?, outputEvents?, outputStream?}}, errors: [name]}}`
 * - `GET /shapes/<sdk>`: what its JavaScript client knows, which may be less or more than what another client's model knows:
 *   `{inputs: {[operation]: id}, shapes: [{kind, members?: {[name]: id}, element?: id}]}`, an id being an index of `shapes`
 * - `POST /next` `{omit?, events?, fail?: {error, message, after?}}`: of the next answer, what it lacks, how many events it streams, and
 *   with which modelled error it fails, at once or (`after`) behind that many events.
 * - `GET /exchange`: the last call `{sdk, operation, input, output, events?, members?}`, and forgets it. `null` when there was none.
 *
 * Values are JSON with dates as `{"$date": <ISO 8601>}`, bytes as `{"$bytes": <base64>}`, and what has no value left out.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { types } from 'node:util';
import type { NormalizedSchema } from '@smithy/core/schema';
import { NumericValue } from '@smithy/core/serde';
import { startStack } from '../../src/main.ts';
import { members, type OperationModel, type ServiceModel } from '../../src/protocol/catalog.ts';
import { installedClients, loadClient, serveWith } from './every-client.ts';
import { randomValue, rngFrom } from './random.ts';

type Plan = { omit?: string[]; events?: number; fail?: { error: string; message: string; after?: number } };
type Exchange = {
  sdk: string;
  operation: string;
  input: unknown;
  output?: unknown;
  /** The events of a streamed answer, in order. */
  events?: unknown[];
  /** Members of the error it failed with. */
  members?: unknown;
};

const rng = rngFrom(Number(process.env['OUTCROP_TEST_SEED'] ?? 1));
let plan: Plan = {};
let last: Exchange | null = null;

const served = installedClients.map((sdk) => {
  const one = serveWith(sdk, {
    answer: async (name, input) => {
      const { omit = [], events = 0, fail } = plan;
      plan = {};
      const operation = one.model.operations.get(name)!;
      const exchange: Exchange = { sdk, operation: name, input: plain(await settle(input, operation)) };
      last = exchange;
      const raise = () => {
        const model = one.model.errors.get(fail!.error);
        if (!model) throw new Error(`${sdk} has no error ${fail!.error}`);
        const given = randomValue(model.schema, rng, { wholeSeconds: true, omit: new Set(['message', 'Message']) });
        exchange.members = plain(given);
        const error = loadClient(sdk)[fail!.error];
        return new error({ ...(given as object), message: fail!.message, $metadata: {} }) as Error;
      };
      if (fail && fail.after === undefined) throw raise();
      const output = randomValue(operation.output, rng, { wholeSeconds: true, omit: new Set(omit) }) as Record<
        string,
        unknown
      >;
      exchange.output = plain(output);
      if (!operation.outputEvents) return output;
      const made = Array.from({ length: fail?.after ?? events }, () => randomEvent(operation));
      exchange.events = made.map(plain);
      return {
        ...output,
        [operation.outputEvents]: (async function* () {
          yield* made;
          if (fail) throw raise();
        })(),
      };
    },
  });
  return { sdk, ...one };
});

/** Any event that is no exception. */
function randomEvent(operation: OperationModel): unknown {
  const union = operation.output.getMemberSchema(operation.outputEvents!);
  const events = members(union).filter(([, ns]) => ns.getMergedTraits()['error'] === undefined);
  const [name, ns] = events[Math.floor(rng() * events.length)]!;
  const event = randomValue(ns, rng, { wholeSeconds: true }) as Record<string, unknown>;
  // The SDK's writer needs the member that is the event's whole body.
  for (const [member, memberNs] of members(ns))
    if (memberNs.getMergedTraits()['eventPayload'])
      event[member] ??= randomValue(memberNs, rng, { wholeSeconds: true });
  return { [name]: event };
}

/** The input with its streams read to their ends. */
async function settle(input: Record<string, unknown>, operation: OperationModel): Promise<Record<string, unknown>> {
  const { inputStream, inputEvents } = operation;
  const member = inputStream ?? inputEvents;
  const value = member === undefined ? undefined : input[member];
  if (member === undefined || !(value instanceof Readable || inputEvents)) return input;
  const parts: unknown[] = [];
  for await (const part of value as AsyncIterable<unknown>) parts.push(part);
  return { ...input, [member]: inputStream ? Buffer.concat(parts as Uint8Array[]) : parts };
}

type Shape = { kind: string; members?: Record<string, number>; element?: number };

/** The input schemas of a client as a graph: schemas refer to themselves. */
function shapesOf({ operations }: ServiceModel): { inputs: Record<string, number>; shapes: Shape[] } {
  const ids = new Map<unknown, number>();
  const shapes: Shape[] = [];
  const visit = (ns: NormalizedSchema): number => {
    const schema: unknown = ns.getSchema();
    const known = ids.get(schema);
    if (known !== undefined) return known;
    const shape: Shape = { kind: kindOf(ns) };
    const id = shapes.push(shape) - 1;
    ids.set(schema, id);
    if (shape.kind === 'structure')
      shape.members = Object.fromEntries(members(ns).map(([name, member]) => [name, visit(member)]));
    if (shape.kind === 'list' || shape.kind === 'map') shape.element = visit(ns.getValueSchema());
    return id;
  };
  return { inputs: Object.fromEntries([...operations].map(([name, { input }]) => [name, visit(input)])), shapes };
}

function kindOf(ns: NormalizedSchema): string {
  if (ns.isStructSchema()) return 'structure';
  if (ns.isListSchema()) return 'list';
  if (ns.isMapSchema()) return 'map';
  return ns.isNumericSchema() ? 'number' : 'other';
}

/** The canonical form. */
function plain(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (value instanceof NumericValue) return Number(value.string);
  if (types.isStringObject(value)) return value.toString();
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, member]) => [key, plain(member)])
        .filter(([, member]) => member !== undefined),
    );
  return value;
}

const clients = () =>
  Object.fromEntries(
    served.map(({ sdk, model }) => [
      sdk,
      {
        serviceId: model.serviceId,
        protocol: model.protocol,
        operations: Object.fromEntries(
          [...model.operations].map(([name, { inputEvents, outputEvents, outputStream }]) => [
            name,
            { inputEvents, outputEvents, outputStream },
          ]),
        ),
        errors: [...model.errors.keys()],
      },
    ]),
  );

const outcrop = await startStack(
  { ephemeral: true, port: 0, log: 'error' },
  { extraServices: served.map(({ entry }) => entry) },
);

/** What a control request is answered with; undefined when there is nothing of that name. */
async function controlled(request: IncomingMessage): Promise<unknown> {
  const { method, url } = request;
  if (url === '/clients') return clients();
  const one = served.find(({ sdk }) => url === `/shapes/${sdk}`);
  if (one) return shapesOf(one.model);
  if (url === '/exchange') {
    const exchange = last;
    last = null;
    return exchange;
  }
  if (url !== '/next' || method !== 'POST') return undefined;
  const body: Buffer[] = [];
  for await (const chunk of request) body.push(chunk as Buffer);
  plan = JSON.parse(Buffer.concat(body).toString('utf8')) as Plan;
  return {};
}

const control = createServer((request, response) => {
  const answer = (status: number, value: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  controlled(request).then(
    (value) => (value === undefined ? answer(404, { error: `no ${request.url}` }) : answer(200, value)),
    (error: unknown) => answer(500, { error: String(error) }),
  );
});
await new Promise<void>((resolve) => {
  control.listen(0, '127.0.0.1', resolve);
});
console.log(
  JSON.stringify({
    endpoint: outcrop.endpoint,
    control: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    region: outcrop.region,
    ...outcrop.credentials,
  }),
);
process.stdin.resume().once('end', () => {
  control.close();
  void outcrop.stop().then(() => process.exit(0));
});
