import type { ParameterHistory, Parameter as Answer } from '@aws-sdk/client-ssm';
import type { Call } from '../../kernel/call.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { decrypt } from './encryption.ts';
import { invalid, invalidToken, labelNotFound, parameterNotFound, versionNotFound } from './errors.ts';
import { compileFilters, PATH_KEYS } from './filters.ts';
import { PAGE_DEFAULT, PATH_PAGE_DEFAULT } from './limits.ts';
import { checkPath, keyOf, lookUp, readReference } from './names.ts';
import { parameters, versions, type Parameter, type Version } from './records.ts';
import { isSecretReference, readSecret } from './reference.ts';

type Ssm = Handlers<typeof import('@aws-sdk/client-ssm')>;

/** The value of a version; a SecureString's as ciphertext unless it is to be decrypted. */
async function valueOf(call: Call, parameter: Parameter, version: Version, decrypted: boolean): Promise<string> {
  if (version.secure === undefined) return version.value;
  if (decrypted) return decrypt(call, parameter, version.secure);
  return Buffer.from(version.secure.ciphertext).toString('base64');
}

async function answer(call: Call, parameter: Parameter, version: Version, decrypted: boolean): Promise<Answer> {
  return {
    Name: parameter.name,
    Type: version.type,
    Value: await valueOf(call, parameter, version, decrypted),
    Version: version.version,
    LastModifiedDate: new Date(version.modifiedAtMs),
    ARN: parameter.arn,
    DataType: version.dataType,
  };
}

/** The version that `:selector` means; the latest without one. Throws ParameterVersionNotFound. */
async function versionOf(call: Call, parameter: Parameter, selector: string | undefined): Promise<Version> {
  if (selector === undefined) return parameter.latest;
  const isNumber = /^\d+$/.test(selector);
  const labelled = Object.hasOwn(parameter.labels, selector) ? parameter.labels[selector] : undefined;
  const number = isNumber ? Number(selector) : labelled;
  if (number === undefined) throw labelNotFound(parameter.name, selector);
  const key = [...keyOf(parameter, parameter.name), number];
  const version = Number.isSafeInteger(number) ? await call.kernel.store.get(versions, key) : undefined;
  if (!version) throw versionNotFound(parameter.name, number);
  return version;
}

/** One parameter by name, ARN, and perhaps version or label. Throws ParameterNotFound, ParameterVersionNotFound. */
async function read(call: Call, name: string, withDecryption: boolean | undefined): Promise<Answer> {
  if (isSecretReference(name)) return readSecret(call, name, withDecryption);
  const reference = readReference(call, name);
  const parameter = await lookUp(call, reference, call.kernel.store);
  if (!parameter) throw parameterNotFound();
  const version = await versionOf(call, parameter, reference.selector);
  const found = await answer(call, parameter, version, withDecryption === true);
  return {
    ...found,
    ...(reference.selector === undefined ? {} : { Selector: `:${reference.selector}` }),
  };
}

export const GetParameter: Ssm['GetParameter'] = async (call, input) => ({
  Parameter: await read(call, input.Name!, input.WithDecryption),
});

/** Several parameters; what there is none of is told. Source: API Reference, GetParameters. */
export const GetParameters: Ssm['GetParameters'] = async (call, input) => {
  const Parameters: Answer[] = [];
  const InvalidParameters: string[] = [];
  const names = input.Names!;
  if (new Set(names).size < names.length) throw invalid('The request has the same parameter name more than once.');
  for (const name of names) {
    try {
      Parameters.push(await read(call, name, input.WithDecryption));
    } catch (error) {
      if (!(error instanceof Error) || !MISSING.has(error.name)) throw error;
      InvalidParameters.push(name);
    }
  }
  return { Parameters, InvalidParameters };
};

const MISSING = new Set(['ParameterNotFound', 'ParameterVersionNotFound']);

/** The parameters under a path, by name; those in its sub-paths on request. Source: API Reference, GetParametersByPath. */
export const GetParametersByPath: Ssm['GetParametersByPath'] = async (call, input) => {
  const path = checkPath(input.Path!);
  const size = input.MaxResults ?? PATH_PAGE_DEFAULT;
  const after = readPageToken<{ after: string }>(input.NextToken, invalidToken)?.after;
  const filters = input.ParameterFilters ?? [];
  const label = filters.find(({ Key: key }) => key === 'Label');
  const wanted = compileFilters(filters, PATH_KEYS);
  const found: { parameter: Parameter; version: Version }[] = [];
  const place = [call.account, call.region];
  const options = { startsWith: path, ...(after === undefined ? {} : { after: [...place, after] }) };
  let more = false;
  for await (const { value: parameter } of call.kernel.store.all(parameters, place, options)) {
    if (input.Recursive !== true && parameter.name.indexOf('/', path.length) >= 0) continue;
    if (!wanted(parameter)) continue;
    if ((more = found.length === size)) break;
    const name = label?.Values?.find((one) => Object.hasOwn(parameter.labels, one));
    found.push({ parameter, version: await versionOf(call, parameter, name) });
  }
  const Parameters = [];
  for (const { parameter, version } of found)
    Parameters.push(await answer(call, parameter, version, input.WithDecryption === true));
  return { Parameters, ...(more ? { NextToken: pageToken({ after: found.at(-1)!.parameter.name }) } : {}) };
};

export const describePolicies = ({ policies }: Pick<Version, 'policies'>) =>
  (policies ?? []).map(({ type, text, status }) => ({ PolicyText: text, PolicyType: type, PolicyStatus: status }));

/** All versions that are kept, the oldest first. */
export const GetParameterHistory: Ssm['GetParameterHistory'] = async (call, input) => {
  const reference = readReference(call, input.Name!);
  const parameter = await lookUp(call, reference, call.kernel.store);
  if (!parameter) throw parameterNotFound();
  const size = input.MaxResults ?? PAGE_DEFAULT;
  const after = readPageToken<{ after: number }>(input.NextToken, invalidToken)?.after;
  const key = keyOf(parameter, parameter.name);
  const found = await call.kernel.store.range(versions, key, {
    limit: size + 1,
    ...(after === undefined ? {} : { after: [...key, after] }),
  });
  const page = found.slice(0, size).map(({ value }) => value);
  const Parameters: ParameterHistory[] = [];
  for (const version of page)
    Parameters.push({
      Name: parameter.name,
      Type: version.type,
      ...(version.secure ? { KeyId: version.secure.keyId } : {}),
      LastModifiedDate: new Date(version.modifiedAtMs),
      LastModifiedUser: version.modifiedBy,
      ...(version.description === undefined ? {} : { Description: version.description }),
      Value: await valueOf(call, parameter, version, input.WithDecryption === true),
      ...(version.allowedPattern === undefined ? {} : { AllowedPattern: version.allowedPattern }),
      Version: version.version,
      Labels: Object.keys(parameter.labels).filter((label) => parameter.labels[label] === version.version),
      Tier: version.tier,
      Policies: describePolicies(version),
      DataType: version.dataType,
    });
  return {
    Parameters,
    ...(found.length > size ? { NextToken: pageToken({ after: page.at(-1)!.version }) } : {}),
  };
};
