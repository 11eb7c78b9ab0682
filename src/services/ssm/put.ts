import {
  HierarchyTypeMismatchException,
  InvalidAllowedPatternException,
  ParameterAlreadyExists,
  ParameterLimitExceeded,
  ParameterMaxVersionLimitExceeded,
  ParameterPatternMismatchException,
  type PutParameterRequest,
} from '@aws-sdk/client-ssm';
import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { ADVANCED_TYPES, checkDataType } from './data-types.ts';
import { DEFAULT_KEY, encrypt } from './encryption.ts';
import { invalid, said } from './errors.ts';
import { publishChange } from './events.ts';
import { PARAMETERS_MAX, VALUE_BYTES_MAX, VERSIONS_MAX } from './limits.ts';
import { checkNewName, keyOf, twinOf, parameterArn } from './names.ts';
import { armPolicies, readPolicies } from './policies.ts';
import {
  counts,
  parameters,
  versions,
  type Parameter,
  type ParameterPolicy,
  type Tier,
  type Version,
} from './records.ts';
import { countsOf } from './removal.ts';
import { defaultTier } from './settings.ts';
import { readTags } from './tags.ts';

type Ssm = Handlers<typeof import('@aws-sdk/client-ssm')>;
type Input = Omit<PutParameterRequest, 'Name' | 'Value'> & { Name?: string | undefined; Value?: string | undefined };

/** Throws InvalidAllowedPatternException, ParameterPatternMismatchException. */
function checkPattern(pattern: string, value: string): void {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new InvalidAllowedPatternException(said(`The AllowedPattern ${pattern} is not valid: ${error.message}`));
  }
  if (!compiled.matches(value))
    throw new ParameterPatternMismatchException(
      said(`Parameter value, cannot be validated against allowedPattern: ${pattern}`),
    );
}

function checkValue(value: string, input: Input): void {
  if (value === '')
    throw invalid(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  if (/\{\{.*\}\}/s.test(value))
    throw invalid('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  if (input.AllowedPattern) checkPattern(input.AllowedPattern, value);
}

/** The tier that a request comes to. Source: User Guide, "Managing parameter tiers". */
async function chooseTier(
  call: Call,
  tx: Transaction,
  input: Input,
  facts: { bytes: number; dataType: string; policies: readonly ParameterPolicy[]; standing: Parameter | undefined },
): Promise<Tier> {
  const asked = input.Tier ?? (await defaultTier(call, tx));
  const { bytes, dataType, policies, standing } = facts;
  const needsAdvanced = bytes > VALUE_BYTES_MAX.Standard || policies.length > 0 || ADVANCED_TYPES.has(dataType);
  const isAdvanced = standing?.latest.tier === 'Advanced';
  if (asked === 'Intelligent-Tiering') {
    const full = !standing && (await countsOf(tx, call)).Standard >= PARAMETERS_MAX.Standard;
    return needsAdvanced || isAdvanced || full ? 'Advanced' : 'Standard';
  }
  if (asked === 'Advanced' || (isAdvanced && input.Tier === undefined)) return 'Advanced';
  if (isAdvanced)
    throw invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.",
    );
  if (policies.length > 0) throw invalid('Parameter policies are supported by the advanced-parameter tier only.');
  if (ADVANCED_TYPES.has(dataType))
    throw invalid(`The data type ${dataType} is supported by the advanced-parameter tier only.`);
  return 'Standard';
}

function checkSize(tier: Tier, bytes: number): void {
  if (bytes <= VALUE_BYTES_MAX[tier]) return;
  throw invalid(
    tier === 'Standard'
      ? 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
      : 'Advanced tier parameters support a maximum parameter value of 8192 characters.',
  );
}

/** What of a request and of the parameter that stands decides on the new version; throws what AWS refuses. */
async function plan(call: Call, tx: Transaction, name: string, input: Input) {
  const standing = await tx.get(parameters, keyOf(call, name));
  const twin = twinOf(name);
  const taken = !standing && twin !== undefined && (await tx.get(parameters, keyOf(call, twin))) !== undefined;
  if (taken || (standing && input.Overwrite !== true))
    throw new ParameterAlreadyExists(
      said('The parameter already exists. To overwrite this value, set the overwrite option in the request to true.'),
    );
  const type = input.Type ?? standing?.latest.type;
  if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
  if (standing && type !== standing.latest.type)
    throw new HierarchyTypeMismatchException(
      said(
        "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
      ),
    );
  if (input.KeyId !== undefined && type !== 'SecureString')
    throw invalid('KeyId is required for SecureString type parameter only.');
  const dataType = input.DataType || (standing?.latest.dataType ?? 'text');
  checkDataType(dataType, type, input.Value!);
  const nowMs = call.kernel.clock.now();
  const policies = input.Policies === undefined ? (standing?.policies ?? []) : readPolicies(input.Policies, nowMs);
  const bytes = Buffer.byteLength(input.Value!);
  const tier = await chooseTier(call, tx, input, { bytes, dataType, policies, standing });
  checkSize(tier, bytes);
  return { standing, type, dataType, tier, policies };
}

/** Makes a parameter, or a version of one. Source: API Reference, PutParameter. */
export const PutParameter: Ssm['PutParameter'] = async (call, input) => {
  const name = checkNewName(call, input.Name!);
  const tags = readTags(input.Tags);
  if (input.Overwrite === true && Object.keys(tags).length > 0)
    throw invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  checkValue(input.Value!, input);
  const { store } = call.kernel;
  const arn = parameterArn(call, name);
  const value = input.Value!;
  for (;;) {
    const first = await store.transact((tx) => plan(call, tx, name, input));
    const secure =
      first.type === 'SecureString'
        ? await encrypt(call, { arn, region: call.region }, first.tier, input.KeyId ?? DEFAULT_KEY, value)
        : undefined;
    const made = await store.transact(async (tx) => {
      const now = await plan(call, tx, name, input);
      // The way of encrypting follows the tier: another one by now, and it is begun again.
      if (now.type !== first.type || now.tier !== first.tier) return undefined;
      return write(call, tx, name, input, { ...now, tags, content: secure ? { secure } : { value } });
    });
    if (made) return { Version: made.version, Tier: made.tier };
  }
};

type Planned = Awaited<ReturnType<typeof plan>> & {
  tags: Record<string, string>;
  content: { value: string } | { secure: NonNullable<Version['secure']> };
};

async function write(call: Call, tx: Transaction, name: string, input: Input, planned: Planned): Promise<Version> {
  const { standing, type, dataType, tier, policies, tags, content } = planned;
  const { account, region, kernel } = call;
  const version: Version = {
    version: (standing?.latest.version ?? 0) + 1,
    type,
    tier,
    dataType,
    modifiedAtMs: kernel.clock.now(),
    modifiedBy: call.principal.arn,
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.AllowedPattern ? { allowedPattern: input.AllowedPattern } : {}),
    ...(policies.length > 0 ? { policies } : {}),
    ...content,
  };
  const parameter: Parameter = standing
    ? { ...standing, latest: version }
    : { account, region, name, arn: parameterArn(call, name), latest: version, oldest: 1, tags, labels: {} };
  if (policies.length > 0) parameter.policies = policies;
  else delete parameter.policies;
  const key = keyOf(call, name);
  if (version.version - parameter.oldest >= VERSIONS_MAX) {
    checkOldest(parameter);
    tx.delete(versions, [...key, parameter.oldest]);
    parameter.oldest++;
  }
  await count(call, tx, standing?.latest.tier, tier);
  await armPolicies(kernel, tx, parameter);
  tx.put(versions, [...key, version.version], version);
  tx.put(parameters, key, parameter);
  publishChange(kernel, tx, parameter, standing ? 'Update' : 'Create');
  return version;
}

/** Throws ParameterMaxVersionLimitExceeded when the version that must go has a label. */
function checkOldest({ name, oldest, labels }: Parameter): void {
  if (!Object.values(labels).includes(oldest)) return;
  throw new ParameterMaxVersionLimitExceeded(
    said(
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    ),
  );
}

async function count(call: Call, tx: Transaction, from: Tier | undefined, to: Tier): Promise<void> {
  if (from === to) return;
  const standing = await countsOf(tx, call);
  if (standing[to] >= PARAMETERS_MAX[to])
    throw new ParameterLimitExceeded(
      said(
        `You have exceeded the number of ${to.toLowerCase()} parameters for this AWS account, ${PARAMETERS_MAX[to]}. Delete one or more parameters and try again.`,
      ),
    );
  tx.put(counts, [call.account, call.region], {
    ...standing,
    [to]: standing[to] + 1,
    ...(from ? { [from]: standing[from] - 1 } : {}),
  });
}
