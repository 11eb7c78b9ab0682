import { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import type { ServiceModel } from './catalog.ts';
import { EVENT_STREAM, type Codec } from './codec.ts';
import { SerializationError } from './message.ts';
import { toBytes } from './events.ts';
import { checkTypes } from './types.ts';

/** JSON 1.0 and 1.1, and RPC v2 CBOR: the body is the input. */
export function rpcCodec(kind: 'json1_0' | 'json1_1' | 'cbor'): Codec {
  const contentType = {
    json1_0: 'application/x-amz-json-1.0',
    json1_1: 'application/x-amz-json-1.1',
    cbor: 'application/cbor',
  }[kind];
  const protocolOf = (service: ServiceModel) =>
    // Of no service, when none was recognised, there is no more than a bare protocol.
    kind === 'cbor' && service.protocol !== 'cbor' && service.config ? cborOf(service) : service.sdkProtocol;
  const common: Record<string, string> = kind === 'cbor' ? { 'smithy-protocol': 'rpc-v2-cbor' } : {};
  return {
    async decode({ service, operation, body }) {
      const bytes = body as Uint8Array;
      if (bytes.length === 0) return {};
      let input: unknown;
      try {
        input = (await protocolOf(service).deserializer.read(operation.input, bytes)) ?? {};
      } catch (error) {
        throw new SerializationError('Unable to parse the request body', { cause: error });
      }
      checkTypes(operation.input, input);
      return input as Record<string, unknown>;
    },
    async encode(service, operation, output) {
      if (operation.outputEvents) return { status: 200, headers: { ...common, 'content-type': EVENT_STREAM } };
      const { serializer } = protocolOf(service);
      if (operation.output.isUnitSchema())
        return {
          status: 200,
          headers: { ...common, ...(kind === 'cbor' ? {} : { 'content-type': contentType }) },
          body: kind === 'cbor' ? '' : '{}',
        };
      serializer.write(operation.output, output);
      return { status: 200, headers: { ...common, 'content-type': contentType }, body: serializer.flush() };
    },
    encodeError(service, error) {
      const { serializer } = protocolOf(service);
      const type = kind === 'json1_1' ? error.name : `${service.namespace}#${error.name}`;
      const headers: Record<string, string> = { ...common, 'content-type': contentType };
      if (kind !== 'cbor') headers['x-amzn-errortype'] = error.name;
      if (service.awsQueryCompatible)
        headers['x-amzn-query-error'] =
          `${error.model?.queryCode ?? error.name};${error.fault === 'client' ? 'Sender' : 'Receiver'}`;
      const modelled = error.model
        ? modelledMembers(
            serializer,
            error.model.schema,
            { ...error.members, message: error.message, Message: error.message },
            kind,
          )
        : {};
      const body = {
        __type: type,
        ...(kind === 'cbor' || !('Message' in modelled) ? { message: error.message } : {}),
        ...modelled,
      };
      if (kind !== 'cbor') return { status: error.status, headers, body: JSON.stringify(body) };
      serializer.write(15, body);
      return { status: error.status, headers, body: serializer.flush() };
    },
  };
}

/** Members of a modelled error as plain JSON values, in wire form. */
function modelledMembers(
  serializer: any,
  schema: any,
  values: Record<string, unknown>,
  kind: string,
): Record<string, unknown> {
  if (kind === 'cbor')
    return Object.fromEntries(
      [...schema.structIterator()]
        .map(([name]: [string]) => [name, values[name]])
        .filter(([, value]) => value !== undefined),
    );
  serializer.write(schema, values);
  return JSON.parse(Buffer.from(toBytes(serializer.flush())).toString('utf8')) as Record<string, unknown>;
}

const cborProtocols = new WeakMap<ServiceModel>();

/** The CBOR protocol of a service whose client prefers another: CloudWatch answers three. */
function cborOf(service: ServiceModel): any {
  let protocol = cborProtocols.get(service);
  if (!protocol) {
    protocol = new AwsSmithyRpcV2CborProtocol(service.config.protocolSettings);
    protocol.setSerdeContext(service.config);
    cborProtocols.set(service, protocol);
  }
  return protocol;
}

/** A protocol object without a service: its serialiser writes plain values. For errors before a service is known. */
export function bareProtocol(): any {
  const protocol = new AwsSmithyRpcV2CborProtocol({ defaultNamespace: 'outcrop', errorTypeRegistries: [] });
  return protocol;
}
