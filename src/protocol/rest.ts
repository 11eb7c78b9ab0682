import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { splitEvery, splitHeader } from '@smithy/core/serde';
import { members, type OperationModel, type ServiceModel } from './catalog.ts';
import { EVENT_STREAM, type Codec, type DecodeRequest, type WireError } from './codec.ts';
import { toBytes } from './events.ts';
import { SerializationError, type WireResponse } from './message.ts';
import { encodeS3Error, s3Xml } from './s3.ts';
import { readText } from './text.ts';
import { checkTypes } from './types.ts';
import { escapeXml } from './xml.ts';

/**
 * REST-JSON and REST-XML. Inputs: members bound to labels, query, headers and payload are read one by one, the rest is the body.
 * Outputs: a response has the same bindings as a request, so the SDK's request serialiser writes it.
 */
type Binding = {
  name: string;
  ns: NormalizedSchema;
  place: 'label' | 'query' | 'queryMap' | 'header' | 'prefixHeaders' | 'payload' | 'body';
  wire: string;
};

const bindingsOf = new WeakMap<OperationModel, Binding[]>();

function bindings(operation: OperationModel): Binding[] {
  let known = bindingsOf.get(operation);
  if (!known) {
    known = members(operation.input).map(([name, ns]) => {
      const traits = ns.getMergedTraits() as Record<string, any>;
      if (traits['httpLabel']) return { name, ns, place: 'label', wire: name };
      if (traits['httpQuery']) return { name, ns, place: 'query', wire: traits['httpQuery'] };
      if (traits['httpQueryParams']) return { name, ns, place: 'queryMap', wire: '' };
      if (traits['httpHeader']) return { name, ns, place: 'header', wire: traits['httpHeader'].toLowerCase() };
      if (typeof traits['httpPrefixHeaders'] === 'string')
        return { name, ns, place: 'prefixHeaders', wire: traits['httpPrefixHeaders'].toLowerCase() };
      if (traits['httpPayload'] || ns.isStreaming()) return { name, ns, place: 'payload', wire: '' };
      return { name, ns, place: 'body', wire: name };
    });
    bindingsOf.set(operation, known);
  }
  return known;
}

export function restCodec(kind: 'json' | 'xml'): Codec {
  const strings = new FromStringShapeDeserializer({
    timestampFormat: { useTrait: true, default: kind === 'json' ? 7 : 5 },
    httpBindings: true,
  } as never);
  return {
    async decode(request) {
      const { service, operation } = request;
      strings.setSerdeContext(service.config);
      const input: Record<string, unknown> = {};
      const all = bindings(operation);
      try {
        for (const binding of all) {
          const value = readBound(strings, binding, request);
          if (value !== undefined) input[binding.name] = value;
        }
      } catch (error) {
        throw new SerializationError(error instanceof Error ? error.message : String(error), { cause: error });
      }
      await readBody(request, all, input, kind);
      return input;
    },

    async encode(service, operation, output, _requestId) {
      if (operation.outputEvents) {
        const headers = await writeHeaders(service, operation, { ...output, [operation.outputEvents]: undefined });
        return { status: operation.http!.status, headers: { ...headers, 'content-type': EVENT_STREAM } };
      }
      return encodeOutput(service, operation, output, kind);
    },

    encodeError(service, error) {
      if (service.sdk === 's3') return encodeS3Error(error);
      if (kind === 'json') return encodeJsonError(service, error);
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse xmlns="${service.xmlNamespace ?? ''}"><Error><Type>${error.fault === 'client' ? 'Sender' : 'Receiver'}</Type><Code>${escapeXml(error.name)}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${error.requestId}</RequestId></ErrorResponse>`;
      return { status: error.status, headers: { 'content-type': 'text/xml' }, body };
    },
  };
}

function readBound(
  strings: FromStringShapeDeserializer,
  { name, ns, place, wire }: Binding,
  { service, labels, query, headers }: DecodeRequest,
): unknown {
  // S3 has an error of its own for each parameter that is no number, so its operations judge them.
  const read = (schema: Parameters<typeof readText>[1], text: string) =>
    service.sdk === 's3' ? strings.read(schema, text) : readText(strings, schema, text);
  if (place === 'label') return labels[name] === undefined ? undefined : read(ns, labels[name]);
  if (place === 'header') {
    const raw = headers[wire];
    if (raw === undefined) return undefined;
    if (!ns.isListSchema()) return read(ns, raw);
    const item = ns.getValueSchema();
    const dates = item.isTimestampSchema() && !/^\d+$|T\d/.test(raw);
    return (dates ? splitEvery(raw, ',', 2) : splitHeader(raw)).map((part) =>
      read([item, { httpHeader: wire }] as never, part.trim()),
    );
  }
  if (place === 'prefixHeaders') {
    const found = Object.entries(headers).filter(([key]) => key.startsWith(wire));
    return found.length === 0
      ? undefined
      : Object.fromEntries(found.map(([key, value]) => [key.slice(wire.length), value]));
  }
  if (place === 'query') {
    const found = query.filter(([key]) => key === wire).map(([, value]) => value);
    if (found.length === 0) return undefined;
    if (!ns.isListSchema()) return read(ns, found[0]!);
    return found.map((value) => read([ns.getValueSchema(), { httpQuery: wire }] as never, value));
  }
  return undefined;
}

async function readBody(
  request: DecodeRequest,
  all: Binding[],
  input: Record<string, unknown>,
  kind: 'json' | 'xml',
): Promise<void> {
  const { service, operation, body, query } = request;
  const queryMap = all.find(({ place }) => place === 'queryMap');
  if (queryMap) {
    const taken = new Set([
      ...all.filter(({ place }) => place === 'query').map(({ wire }) => wire),
      ...operation.http!.query.map(([key]) => key),
      'x-id',
    ]);
    const list = queryMap.ns.getValueSchema().isListSchema();
    const out: Record<string, unknown> = {};
    for (const [key, value] of query) {
      if (taken.has(key) || key.startsWith('X-Amz-')) continue;
      if (list) ((out[key] ??= []) as string[]).push(value);
      else out[key] = value;
    }
    if (Object.keys(out).length > 0) input[queryMap.name] = out;
  }
  const payload = all.find(({ place }) => place === 'payload');
  if (payload) {
    const { ns, name } = payload;
    if (operation.inputEvents === name) return; // The gateway hands in the decoded events.
    if (ns.isStreaming() || !(body instanceof Uint8Array)) {
      input[name] = body;
      return;
    }
    if (body.length === 0) return;
    if (ns.isBlobSchema()) input[name] = body;
    else if (ns.isStringSchema()) input[name] = Buffer.from(body).toString('utf8');
    else input[name] = await parse(service, ns, body, kind);
    return;
  }
  const rest = all.filter(({ place }) => place === 'body');
  if (rest.length === 0 || (body as Uint8Array).length === 0) return;
  if (kind === 'json' && isBlank(body as Uint8Array)) return;
  const read = (await parse(service, operation.input, body as Uint8Array, kind)) as Record<string, unknown> | undefined;
  for (const { name } of rest) if (read?.[name] != null) input[name] = read[name];
}

async function parse(
  service: ServiceModel,
  ns: NormalizedSchema,
  body: Uint8Array,
  kind: 'json' | 'xml',
): Promise<unknown> {
  // S3 takes no document types; what they declare would be read differently by every parser.
  if (kind === 'xml' && Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('<!DOCTYPE'))
    throw new SerializationError('A document type is not allowed in the request body');
  let value: unknown;
  try {
    value = await service.sdkProtocol.getPayloadCodec().createDeserializer().read(ns, body);
  } catch (error) {
    throw new SerializationError('Unable to parse the request body', { cause: error });
  }
  if (kind === 'json') checkTypes(ns, value);
  return value;
}

const isBlank = (body: Uint8Array) => body.length < 8 && Buffer.from(body).toString('latin1').trim() === '';

const ANSWER_URL = { url: new URL('http://answer/') };

type Serializer = (output: Record<string, unknown>) => Promise<{ headers: Record<string, string>; body?: any }>;

/** The SDK keeps what it compiles of an operation on the operation's own object: made once, not for each answer. */
const serializers = new WeakMap<OperationModel, Serializer>();

function serialize(service: ServiceModel, operation: OperationModel, output: Record<string, unknown>) {
  let serializer = serializers.get(operation);
  if (!serializer) {
    const mirrored = {
      namespace: service.namespace,
      name: operation.name,
      input: operation.output,
      output: 'unit',
      traits: { http: ['POST', '/', 200] },
    };
    const context = { ...service.config, endpoint: async () => ANSWER_URL };
    serializer = (value) => service.sdkProtocol.serializeRequest(mirrored, value, context) as ReturnType<Serializer>;
    serializers.set(operation, serializer);
  }
  return serializer(output);
}

/** What of an operation's output is not in the headers. */
type OutputPlan = {
  statusMember: string | undefined;
  contentTypeMember: string | undefined;
  hasBody: boolean;
  /** One member is the body as it is: without it there is none. */
  isPayload: boolean;
};
const plans = new WeakMap<OperationModel, OutputPlan>();

function outputPlan(operation: OperationModel): OutputPlan {
  let plan = plans.get(operation);
  if (!plan) {
    const traits = members(operation.output).map(
      ([name, ns]) => [name, ns.getMergedTraits() as Record<string, unknown>] as const,
    );
    plan = {
      statusMember: traits.find(([, one]) => one['httpResponseCode'])?.[0],
      contentTypeMember: traits.find(
        ([, one]) => (one['httpHeader'] as string | undefined)?.toLowerCase() === 'content-type',
      )?.[0],
      isPayload: traits.some(([, one]) => one['httpPayload']),
      hasBody: traits.some(
        ([, one]) => !one['httpHeader'] && typeof one['httpPrefixHeaders'] !== 'string' && !one['httpResponseCode'],
      ),
    };
    plans.set(operation, plan);
  }
  return plan;
}

async function writeHeaders(
  service: ServiceModel,
  operation: OperationModel,
  output: Record<string, unknown>,
): Promise<Record<string, string>> {
  return (await serialize(service, operation, output)).headers;
}

async function encodeOutput(
  service: ServiceModel,
  operation: OperationModel,
  output: Record<string, unknown>,
  kind: 'json' | 'xml',
): Promise<WireResponse> {
  let { status } = operation.http!;
  const { statusMember, hasBody, isPayload, contentTypeMember } = outputPlan(operation);
  if (statusMember && typeof output[statusMember] === 'number') status = output[statusMember];
  const stream = operation.outputStream;
  const { headers, body } = await serialize(service, operation, stream ? { ...output, [stream]: undefined } : output);
  if (stream) {
    if (headers['content-type'] === undefined) headers['content-type'] = 'application/octet-stream';
    return { status, headers, body: (output[stream] as WireResponse['body']) ?? '' };
  }
  if (!hasBody) {
    // HeadObject tells the type of a body that it does not send.
    const isOwn = contentTypeMember !== undefined && output[contentTypeMember] !== undefined;
    if (!isOwn) delete headers['content-type'];
    return kind === 'json' && status !== 204
      ? { status, headers: { ...headers, 'content-type': 'application/json' }, body: '{}' }
      : { status, headers };
  }
  if (service.sdk === 's3')
    return {
      status,
      headers: { ...headers, 'content-type': headers['content-type'] ?? 'application/xml' },
      body: s3Xml(service, operation, body),
    };
  if (kind === 'json')
    return {
      status,
      headers: { ...headers, 'content-type': headers['content-type'] ?? 'application/json' },
      body: body ?? (isPayload ? '' : '{}'),
    };
  return { status, headers, body: body ?? '' };
}

function encodeJsonError(service: ServiceModel, error: WireError): WireResponse {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-errortype': error.name };
  let body: unknown = { message: error.message };
  if (error.model) {
    const serializer = service.sdkProtocol.getPayloadCodec().createSerializer();
    const values: Record<string, unknown> = { ...error.members };
    for (const [name, ns] of members(error.model.schema)) {
      const header = (ns.getMergedTraits() as { httpHeader?: string }).httpHeader;
      if (header && values[name] !== undefined) headers[header.toLowerCase()] = String(values[name]);
      if (header) delete values[name];
      if (name.toLowerCase() === 'message') values[name] = error.message;
    }
    serializer.write(error.model.schema, values);
    body = {
      message: error.message,
      ...(JSON.parse(Buffer.from(toBytes(serializer.flush())).toString('utf8')) as object),
    };
  }
  return { status: error.status, headers, body: JSON.stringify(body) };
}
