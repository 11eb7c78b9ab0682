import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceModel } from './catalog.ts';
import type { Codec } from './codec.ts';
import { readText } from './text.ts';
import { escapeXml } from './xml.ts';
import { parseQuery, SerializationError } from './message.ts';

/** AWS Query and EC2 Query: a form in, XML out. The SDK can write forms but not read them; that is done here. */
const settings = { timestampFormat: { useTrait: true, default: 5 as const }, httpBindings: false };
const strings = new FromStringShapeDeserializer(settings);

/** How deep a form's keys may nest. */
const DEPTH_MAX = 32;

export function queryCodec(kind: 'query' | 'ec2'): Codec {
  return {
    async decode({ service, operation, body, query }) {
      strings.setSerdeContext(service.config);
      const form = parseQuery(
        Buffer.from(body as Uint8Array)
          .toString('utf8')
          .trim(),
      );
      const tree = treeOf([...query, ...form]);
      return readStruct(operation.input, tree, kind === 'ec2') ?? {};
    },
    async encode(service, operation, output, requestId) {
      const xmlns = service.xmlNamespace ?? '';
      let inner = '';
      if (!operation.output.isUnitSchema()) {
        const serializer = new XmlShapeSerializer({
          ...settings,
          xmlNamespace: xmlns,
          serviceNamespace: service.namespace,
        }) as any;
        serializer.setSerdeContext(service.config);
        const node = serializer.writeStruct(operation.output, output, xmlns);
        inner =
          kind === 'ec2' ? node.children.map(String).join('') : node.withName(`${operation.name}Result`).toString();
      }
      const body =
        kind === 'ec2'
          ? `<${operation.name}Response xmlns="${xmlns}"><requestId>${requestId}</requestId>${inner}</${operation.name}Response>`
          : `<${operation.name}Response xmlns="${xmlns}">${inner}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation.name}Response>`;
      return {
        status: 200,
        headers: { 'content-type': 'text/xml' },
        body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
      };
    },
    encodeError(service, error) {
      const code = escapeXml(error.model?.queryCode ?? error.name);
      const message = escapeXml(error.message);
      const body =
        kind === 'ec2'
          ? `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${error.requestId}</RequestID></Response>`
          : `<ErrorResponse xmlns="${service.xmlNamespace ?? ''}"><Error><Type>${error.fault === 'client' ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code><Message>${message}</Message>${detail(service, error.model?.schema, error.members)}</Error><RequestId>${error.requestId}</RequestId></ErrorResponse>`;
      return {
        status: error.status,
        headers: { 'content-type': 'text/xml' },
        body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
      };
    },
  };
}

function detail(service: ServiceModel, schema: NormalizedSchema | undefined, values: Record<string, unknown>): string {
  if (!schema) return '';
  const serializer = new XmlShapeSerializer({ ...settings, serviceNamespace: service.namespace } as never) as any;
  serializer.setSerdeContext(service.config);
  const rest = Object.fromEntries(Object.entries(values).filter(([name]) => name.toLowerCase() !== 'message'));
  return serializer.writeStruct(schema, rest, undefined).children.map(String).join('');
}

type Tree = { value?: string; children: Map<string, Tree> };

function treeOf(pairs: [string, string][]): Tree {
  const root: Tree = { children: new Map() };
  for (const [key, value] of pairs) {
    const parts = key.split('.');
    if (parts.length > DEPTH_MAX) throw new SerializationError(`parameter ${key.slice(0, 80)} nests too deep`);
    let node = root;
    for (const part of parts) {
      let next = node.children.get(part);
      if (!next) node.children.set(part, (next = { children: new Map() }));
      node = next;
    }
    node.value = value;
  }
  return root;
}

function readStruct(ns: NormalizedSchema, tree: Tree, ec2: boolean): Record<string, unknown> | undefined {
  if (!ns.isStructSchema()) return undefined;
  const out: Record<string, unknown> = {};
  for (const [name, member] of ns.structIterator()) {
    const child = tree.children.get(keyOf(name, member, ec2));
    if (!child) continue;
    const value = read(member, child, ec2);
    if (value !== undefined) out[name] = value;
  }
  return out;
}

function keyOf(name: string, member: NormalizedSchema, ec2: boolean): string {
  const traits = member.getMergedTraits() as { xmlName?: string; ec2QueryName?: string };
  if (!ec2) return traits.xmlName ?? name;
  if (traits.ec2QueryName) return traits.ec2QueryName;
  const key = traits.xmlName ?? name;
  return key[0]!.toUpperCase() + key.slice(1);
}

function read(ns: NormalizedSchema, tree: Tree, ec2: boolean): unknown {
  if (ns.isStructSchema()) return readStruct(ns, tree, ec2);
  const traits = ns.getMergedTraits() as { xmlFlattened?: unknown };
  if (ns.isListSchema()) {
    const member = ns.getValueSchema();
    const items =
      ec2 || traits.xmlFlattened
        ? tree
        : (tree.children.get((member.getMergedTraits() as { xmlName?: string }).xmlName ?? 'member') ??
          tree.children.get('member'));
    if (!items) return tree.value === '' ? [] : undefined;
    return ordered(items).map((item) => read(member, item, ec2));
  }
  if (ns.isMapSchema()) {
    const entries = traits.xmlFlattened ? tree : tree.children.get('entry');
    if (!entries) return undefined;
    const keyName = (ns.getKeySchema().getMergedTraits() as { xmlName?: string }).xmlName ?? 'key';
    const valueName = (ns.getValueSchema().getMergedTraits() as { xmlName?: string }).xmlName ?? 'value';
    const out: Record<string, unknown> = Object.create(null);
    for (const entry of ordered(entries)) {
      const key = entry.children.get(keyName)?.value;
      const value = entry.children.get(valueName);
      if (key !== undefined && value) out[key] = read(ns.getValueSchema(), value, ec2);
    }
    return { ...out };
  }
  if (tree.value === undefined) return undefined;
  return readText(strings, ns, tree.value);
}

function ordered(tree: Tree): Tree[] {
  return [...tree.children]
    .filter(([index]) => /^\d+$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
