import { NormalizedSchema } from '@smithy/core/schema';

/**
 * A service as its SDK client describes it at run time: the schemas of every operation and error, and how they travel.
 * Nothing here is generated or copied: the client package is the model.
 */
export type ServiceModel = {
  /** SDK client name: `bedrock-runtime`. */
  sdk: string;
  /** AWS's name of it: `Bedrock Runtime`. */
  serviceId: string;
  /** The service in a credential scope: `bedrock`. Several clients may share one. */
  signingName: string;
  /** First labels of its host: `bedrock-runtime`. */
  hostPrefix: string;
  protocol: ProtocolName;
  /** Prefix of `X-Amz-Target`, and the service name of the RPC v2 path. */
  target: string | undefined;
  version: string | undefined;
  xmlNamespace: string | undefined;
  namespace: string;
  awsQueryCompatible: boolean;
  operations: Map<string, OperationModel>;
  /** Modelled errors by shape name. */
  errors: Map<string, ErrorModel>;
  /** The SDK's own protocol object: its codecs do the (de)serialisation. Internal API of the SDK: versions are pinned, the fuzz test is the guard. */
  sdkProtocol: any;
  /** The client's resolved configuration: the serde context of its codecs. */
  config: any;
};

export type ProtocolName = 'json1_0' | 'json1_1' | 'rest-json' | 'rest-xml' | 'query' | 'ec2' | 'cbor';

export type OperationModel = {
  name: string;
  input: NormalizedSchema;
  output: NormalizedSchema;
  http?: {
    method: string;
    /** Template without query. */ path: string;
    /** Literal query of the template. */ query: [string, string][];
    status: number;
  };
  /** Member that is an event stream. */
  inputEvents?: string;
  outputEvents?: string;
  /** Member that is a streaming blob. */
  inputStream?: string;
  outputStream?: string;
  /** Template of labels before the host, e.g. `{RequestRoute}.`. */
  hostPrefix?: string;
  /** Unsigned calls are expected (`AssumeRoleWithWebIdentity`). */
  anonymous: boolean;
};

export type ErrorModel = {
  name: string;
  schema: NormalizedSchema;
  status: number;
  fault: 'client' | 'server';
  /** Code on the query wire. */ queryCode?: string;
};

const PROTOCOLS: Record<string, ProtocolName> = {
  'aws.protocols#awsJson1_0': 'json1_0',
  'aws.protocols#awsJson1_1': 'json1_1',
  'aws.protocols#restJson1': 'rest-json',
  'aws.protocols#restXml': 'rest-xml',
  'aws.protocols#awsQuery': 'query',
  'aws.protocols#ec2Query': 'ec2',
  'smithy.protocols#rpcv2Cbor': 'cbor',
};

const OPERATION = 9;
const REGION = 'us-east-1';

/** Builds the model from a client package's exports. Instantiates the client once (5–50 ms); keep the result. */
export function describeClient(sdk: string, client: Record<string, any>): ServiceModel {
  const clientClass = Object.entries(client).find(
    ([name, value]) => /^\w+Client$/.test(name) && name !== '__Client' && typeof value === 'function',
  )?.[1];
  if (!clientClass) throw new Error(`@aws-sdk/client-${sdk} exports no client`);
  const { config } = new clientClass({
    region: REGION,
    credentials: { accessKeyId: 'model', secretAccessKey: 'model' },
  });
  const sdkProtocol = config.protocol;
  const protocol = PROTOCOLS[sdkProtocol.getShapeId()];
  if (!protocol) throw new Error(`@aws-sdk/client-${sdk} speaks ${sdkProtocol.getShapeId()}, which is not built`);
  const settings = config.protocolSettings;
  const model: ServiceModel = {
    sdk,
    serviceId: config.serviceId,
    signingName: config.defaultSigningName,
    hostPrefix: hostOf(config),
    protocol,
    target: settings.serviceTarget,
    version: settings.version,
    xmlNamespace: settings.xmlNamespace,
    namespace: settings.defaultNamespace,
    awsQueryCompatible: Boolean(settings.awsQueryCompatible),
    operations: new Map(),
    errors: new Map(),
    sdkProtocol,
    config,
  };
  for (const value of Object.values(client)) {
    if (Array.isArray(value) && value[0] === OPERATION) model.operations.set(value[2], describeOperation(model, value));
  }
  // What models say of HTTP holds for the protocols that use it: over JSON 1.0 and 1.1 errors are 400 or 500, whatever they are.
  const isRpcJson = model.protocol === 'json1_0' || model.protocol === 'json1_1';
  for (const registry of settings.errorTypeRegistries ?? []) {
    for (const schema of registry.schemas.values()) {
      if (!Array.isArray(schema) || schema[0] !== -3 || schema[2] === '') continue;
      const ns = NormalizedSchema.of(schema as never);
      const traits = ns.getMergedTraits() as {
        error?: 'client' | 'server';
        httpError?: number;
        awsQueryError?: [string, number];
      };
      const fault = traits.error ?? 'client';
      const status =
        (isRpcJson ? undefined : (traits.httpError ?? traits.awsQueryError?.[1])) ?? (fault === 'server' ? 500 : 400);
      const name = schema[2] as string;
      model.errors.set(name, {
        name,
        schema: ns,
        status,
        fault,
        ...(traits.awsQueryError ? { queryCode: traits.awsQueryError[0] } : {}),
      });
    }
  }
  return model;
}

function describeOperation(model: ServiceModel, schema: any[]): OperationModel {
  const [, , name, traits, input, output] = schema;
  const inputNs = NormalizedSchema.of(input);
  const outputNs = NormalizedSchema.of(output);
  const [method, template, status] = traits?.http ?? [];
  const operation: OperationModel = { name, input: inputNs, output: outputNs, anonymous: isAnonymous(model, name) };
  if (method) {
    const [path, search] = template.split('?');
    operation.http = { method, path, query: search ? [...new URLSearchParams(search)] : [], status };
  }
  if (traits?.endpoint) operation.hostPrefix = traits.endpoint[0];
  for (const [member, memberNs] of members(inputNs)) {
    if (!memberNs.isStreaming()) continue;
    if (memberNs.isStructSchema()) operation.inputEvents = member;
    else operation.inputStream = member;
  }
  for (const [member, memberNs] of members(outputNs)) {
    if (!memberNs.isStreaming()) continue;
    if (memberNs.isStructSchema()) operation.outputEvents = member;
    else operation.outputStream = member;
  }
  return operation;
}

function isAnonymous(model: ServiceModel, operation: string): boolean {
  try {
    const schemes = model.config.httpAuthSchemeProvider({ operation, region: REGION, Region: REGION }) as {
      schemeId: string;
    }[];
    return schemes[0]?.schemeId === 'smithy.api#noAuth';
  } catch {
    return false; // Some providers resolve an endpoint and want parameters of the call; none of those operations is unsigned.
  }
}

function hostOf(config: any): string {
  try {
    const host: string = config.endpointProvider({ Region: REGION, UseFIPS: false, UseDualStack: false }).url.hostname;
    return host.replace(/\.(us-east-1\.)?(amazonaws\.com|api\.aws)$/, '');
  } catch {
    return config.defaultSigningName;
  }
}

/** Member name and schema of a structure; empty for a unit. */
export function members(ns: NormalizedSchema): [string, NormalizedSchema][] {
  return ns.isStructSchema() ? [...ns.structIterator()] : [];
}

/** Names of required members: the schema puts them first and gives their count. */
export function requiredMembers(ns: NormalizedSchema): string[] {
  const schema = ns.getSchema() as unknown as any[];
  return ns.isStructSchema() && !ns.isUnionSchema() && typeof schema[6] === 'number'
    ? schema[4].slice(0, schema[6])
    : [];
}
