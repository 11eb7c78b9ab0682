import type { CompletionSource } from '../../ui/editor.tsx';

export type Coverage = { services: { sdk: string; name: string; built: string[]; unbuilt: string[] }[] };
/** JSON Schema, as far as completion reads it. */
type Schema = {
  $ref?: string;
  $defs?: Record<string, Schema>;
  description?: string;
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema | false;
  enum?: unknown[];
  const?: unknown;
};

/** What may be written in rules: keys by the schema, and services, operations and models that there are. */
export function completionOf(known: { schema?: Schema; coverage?: Coverage; models?: string[] }): CompletionSource {
  return (context) => {
    const text = context.state.doc.toString();
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const value = /^(\s*(?:- )*)([A-Za-z]+):\s+(?:\[?\s*|.*,\s*)(["']?)([^\s"',\]]*)$/.exec(before);
    if (value) {
      const [, , key, , typed] = value;
      const options = valuesOf(key!, text, line.number, known);
      return options.length === 0 ? null : { from: context.pos - typed!.length, options };
    }
    const started = /^(\s*(?:- )*)([A-Za-z]*)$/.exec(before);
    if (!started || (started[2] === '' && !context.explicit)) return null;
    const path = pathAt(text, line.number, started[1]!.length);
    const schema = known.schema && at(known.schema, path);
    if (!schema) return null;
    const options = Object.entries(propertiesOf(known.schema!, schema)).map(([label, { description }]) => ({
      label,
      apply: `${label}: `,
      type: 'property',
      ...(description === undefined ? {} : { info: description }),
    }));
    return options.length === 0 ? null : { from: context.pos - started[2]!.length, options };
  };
}

function valuesOf(key: string, text: string, lineNumber: number, known: Parameters<typeof completionOf>[0]) {
  const { coverage, models = [], schema } = known;
  if (key === 'service') return (coverage?.services ?? []).map(({ sdk, name }) => ({ label: sdk, detail: name }));
  if (key === 'model') return models.map((label) => ({ label }));
  if (key === 'operation') {
    const service = serviceNear(text, lineNumber);
    const of = (coverage?.services ?? []).filter(({ sdk }) => service === undefined || sdk === service);
    return of.flatMap(({ sdk, built, unbuilt }) => [
      ...built.map((label) => ({ label, detail: sdk })),
      ...unbuilt.map((label) => ({ label, detail: `${sdk}, not built`, boost: -1 })),
    ]);
  }
  if (!schema) return [];
  const line = text.split('\n')[lineNumber - 1] ?? '';
  const found = at(schema, [...pathAt(text, lineNumber, /^\s*(?:- )*/.exec(line)![0].length), key]);
  return found ? enumOf(schema, found).map((label) => ({ label })) : [];
}

/** The service that the rule around a line names. */
function serviceNear(text: string, lineNumber: number): string | undefined {
  const lines = text.split('\n');
  let first = lineNumber - 1;
  while (first > 0 && !/^\s*- /.test(lines[first]!)) first--;
  for (let index = first; index < lines.length && (index === first || !/^\s*- /.test(lines[index]!)); index++) {
    const found = /^\s*(?:- )?service:\s*["']?([a-z0-9-]+)/.exec(lines[index]!);
    if (found) return found[1];
  }
  return undefined;
}

/** The keys above a place that is indented so far, outermost first. */
function pathAt(text: string, lineNumber: number, indent: number): string[] {
  const lines = text.split('\n');
  const path: string[] = [];
  let limit = indent;
  for (let index = lineNumber - 2; index >= 0 && limit > 0; index--) {
    const found = /^(\s*(?:- )*)([A-Za-z]+):/.exec(lines[index]!);
    if (!found) continue;
    const depth = found[1]!.length;
    if (depth >= limit) continue;
    path.unshift(found[2]!);
    limit = depth;
  }
  return path[0] === 'rules' ? path.slice(1) : path;
}

function at(root: Schema, path: readonly string[]): Schema | undefined {
  let here: Schema | undefined = ruleOf(root);
  for (const key of path) {
    if (!here) return undefined;
    here = propertiesOf(root, here)[key];
  }
  return here;
}

/** The schema of one rule: of the items of a list of rules. */
function ruleOf(root: Schema): Schema | undefined {
  for (const branch of branchesOf(root, root)) if (branch.items) return resolve(root, branch.items);
  return undefined;
}

function resolve(root: Schema, schema: Schema): Schema {
  const name = schema.$ref?.replace(/^#\/\$defs\//, '');
  return name === undefined ? schema : (root.$defs?.[name] ?? schema);
}

function branchesOf(root: Schema, given: Schema): Schema[] {
  const schema = resolve(root, given);
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return inner.length === 0 ? [schema] : inner.flatMap((each) => branchesOf(root, each));
}

/** The keys of a mapping, or of the mappings of a list. */
function propertiesOf(root: Schema, schema: Schema): Record<string, Schema> {
  const all: Record<string, Schema> = {};
  for (const branch of branchesOf(root, schema)) {
    Object.assign(all, branch.properties);
    if (branch.items) for (const item of branchesOf(root, branch.items)) Object.assign(all, item.properties);
  }
  return all;
}

function enumOf(root: Schema, schema: Schema): string[] {
  return branchesOf(root, schema)
    .flatMap((branch) => [...(branch.enum ?? []), ...('const' in branch ? [branch.const] : [])])
    .map(String);
}
