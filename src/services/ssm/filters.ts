import type { ParametersFilter, ParameterStringFilter } from '@aws-sdk/client-ssm';
import { invalidFilterKey, invalidFilterOption, invalidFilterValue } from './errors.ts';
import type { Parameter } from './records.ts';

type Test = (parameter: Parameter) => boolean;

/** Keys that each operation knows. Source: API Reference, ParameterStringFilter. */
export const DESCRIBE_KEYS = ['DataType', 'KeyId', 'Name', 'Path', 'Tier', 'Type'];
export const PATH_KEYS = ['KeyId', 'Label', 'Type'];

const TEXTS: Record<string, (parameter: Parameter) => string | undefined> = {
  DataType: ({ latest }) => latest.dataType,
  KeyId: ({ latest }) => latest.secure?.keyId,
  Name: ({ name }) => name,
  Tier: ({ latest }) => latest.tier,
  Type: ({ latest }) => latest.type,
};

const OPTIONS: Record<string, readonly string[]> = {
  Label: ['Equals'],
  Name: ['BeginsWith', 'Contains', 'Equals'],
  Path: ['OneLevel', 'Recursive'],
};
const OPTIONS_DEFAULT = ['BeginsWith', 'Equals'];

/** Names are compared without the slash before them when the filter has none. */
const bare = (text: string) => text.replace(/^\//, '');

/** All filters must hold, of each filter's values one. Throws InvalidFilterKey, InvalidFilterOption, InvalidFilterValue. */
export function compileFilters(filters: readonly ParameterStringFilter[], keys: readonly string[]): Test {
  const seen = new Set<string>();
  const tests = filters.map((filter) => {
    const key = filter.Key!;
    const isTag = key.startsWith('tag:');
    if (isTag ? keys !== DESCRIBE_KEYS : !keys.includes(key))
      throw invalidFilterKey(
        `The following filter key is not valid: ${key}. Valid filter keys include: [${keys.join(', ')}].`,
      );
    if (seen.has(key))
      throw invalidFilterKey(
        `The following filters are duplicated in the request: ${key}. A request can contain only one occurrence of a specific filter.`,
      );
    seen.add(key);
    return isTag ? tagTest(key.slice('tag:'.length), filter) : test(key, filter);
  });
  return (parameter) => tests.every((one) => one(parameter));
}

function optionOf({ Option: option }: ParameterStringFilter, valid: readonly string[], byDefault: string): string {
  const chosen = option ?? byDefault;
  if (!valid.includes(chosen))
    throw invalidFilterOption(
      `The following filter option is not valid: ${chosen}. Valid options include: [${valid.join(', ')}].`,
    );
  return chosen;
}

function test(key: string, filter: ParameterStringFilter): Test {
  const { Values: values } = filter;
  if (!values?.length) throw invalidFilterValue(`The filter ${key} has no values.`);
  const option = optionOf(filter, OPTIONS[key] ?? OPTIONS_DEFAULT, key === 'Path' ? 'OneLevel' : 'Equals');
  if (key === 'Path') return pathTest(values, option === 'Recursive');
  if (key === 'Label') return ({ labels }) => values.some((value) => Object.hasOwn(labels, value));
  const text = TEXTS[key]!;
  return (parameter) => {
    const found = text(parameter);
    return found !== undefined && values.some((value) => holds(option, key, found, value));
  };
}

function holds(option: string, key: string, found: string, value: string): boolean {
  const text = key === 'Name' && !value.startsWith('/') ? bare(found) : found;
  if (option === 'BeginsWith') return text.startsWith(value);
  if (option === 'Contains') return text.includes(value);
  return text === value;
}

function pathTest(values: readonly string[], isRecursive: boolean): Test {
  for (const value of values)
    if (!value.startsWith('/'))
      throw invalidFilterValue(
        'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
      );
  const paths = values.map((value) => (value.endsWith('/') ? value : `${value}/`));
  return ({ name }) =>
    paths.some((path) => name.startsWith(path) && (isRecursive || !name.slice(path.length).includes('/')));
}

function tagTest(tag: string, filter: ParameterStringFilter): Test {
  const option = optionOf(filter, OPTIONS_DEFAULT, 'Equals');
  const { Values: values } = filter;
  return ({ tags }) => {
    if (!Object.hasOwn(tags, tag)) return false;
    return !values?.length || values.some((one) => holds(option, 'tag', tags[tag]!, one));
  };
}

/** The older form of filters: names by their beginning, types and keys whole. */
export const compileOldFilters =
  (filters: readonly ParametersFilter[]): Test =>
  (parameter) =>
    filters.every(({ Key: key, Values: values }) => {
      const found = TEXTS[key!]!(parameter);
      return (
        found !== undefined && values!.some((value) => (key === 'Name' ? found.startsWith(value) : found === value))
      );
    });
