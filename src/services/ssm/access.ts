import type { Call } from '../../kernel/call.ts';
import { arn, parseArn } from '../../kernel/resources.ts';
import type { Access, ConditionKeys, Resource } from '../../kernel/access.ts';
import { byArn, parameterArn } from './names.ts';
import { settingArn, settingId } from './settings.ts';

/** Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Systems Manager". */
type Input = Record<string, any>;

/** The ARN that a name means, without what selects a version. A name that can be none is refused by its operation. */
function arnOf(call: Call, name: string): string {
  const text = name.trim();
  if (text.startsWith('arn:')) return text.split(':').slice(0, 6).join(':');
  return parameterArn(call, text.split(':')[0]!);
}

const on =
  (names: (input: any) => readonly string[], keys: (input: any) => ConditionKeys = () => ({})) =>
  (call: Call, input: Input): Access[] =>
    names(input).map((name) => ({
      action: `ssm:${call.operation}`,
      resource: arnOf(call, name),
      keys: keys(input),
    }));

const oneName = ({ Name: name }: Input) => [name as string];
const allNames = ({ Names: names }: Input) => names as string[];

/** Only parameters are there; what else can be tagged has its own ARNs. */
function onTagged(call: Call, { ResourceType: type, ResourceId: id }: Input): Access[] {
  const { partition, region, account } = call;
  const resource =
    type === 'Parameter'
      ? arnOf(call, id)
      : arn({ partition, service: 'ssm', region, account, resource: `${String(type).toLowerCase()}/${id}` });
  return [{ action: `ssm:${call.operation}`, resource }];
}

const onShared = (call: Call, { ResourceArn: resource }: Input): Access[] => [
  { action: `ssm:${call.operation}`, resource },
];

const onSetting = (call: Call, { SettingId: id }: Input): Access[] => [
  { action: `ssm:${call.operation}`, resource: settingArn(call, settingId(id)) },
];

/** Making a parameter with tags is tagging too. Source: User Guide, "Tag parameters when creating them". */
const toPut = (call: Call, input: Input): Access[] => [
  ...on(oneName, ({ Overwrite: overwrite, Policies: policies }) => ({
    'ssm:overwrite': overwrite === true,
    'ssm:policies': policies === undefined ? undefined : true,
  }))(call, input),
  ...(input['Tags']?.length ? [{ action: 'ssm:AddTagsToResource', resource: arnOf(call, input['Name']) }] : []),
];

/** One decision on the path stands for all that is under it. Source: User Guide, "Restricting access to Parameter Store parameters". */
const onPath = on(
  ({ Path: path }) => [path as string],
  ({ Recursive: recursive }) => ({ 'ssm:recursive': recursive === true }),
);

export const access = {
  AddTagsToResource: onTagged,
  DeleteParameter: on(oneName),
  DeleteParameters: on(allNames),
  DeleteResourcePolicy: onShared,
  GetParameter: on(oneName),
  GetParameterHistory: on(oneName),
  GetParameters: on(allNames),
  GetParametersByPath: onPath,
  GetResourcePolicies: onShared,
  GetServiceSetting: onSetting,
  LabelParameterVersion: on(oneName),
  ListTagsForResource: onTagged,
  PutParameter: toPut,
  PutResourcePolicy: onShared,
  RemoveTagsFromResource: onTagged,
  ResetServiceSetting: onSetting,
  UnlabelParameterVersion: on(oneName),
  UpdateServiceSetting: onSetting,
};

/** What stands on a parameter; undefined for what is none. */
export async function resource(call: Call, { resource: text }: Access): Promise<Resource | undefined> {
  if (parseArn(text)?.service !== 'ssm') return undefined;
  const parameter = await byArn(call, text, call.kernel.store);
  if (!parameter) return undefined;
  const { account, arn: full, tags, sharing } = parameter;
  return {
    owner: account,
    ...(sharing ? { policies: [{ id: full, from: 'parameter', document: sharing.policy }] } : {}),
    tags: () => tags,
    keys: () =>
      Object.fromEntries(Object.entries(tags).map(([key, value]) => [`ssm:resourcetag/${key.toLowerCase()}`, value])),
  };
}
