import {
  AddTagsToResourceCommand,
  DeleteResourcePolicyCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  GetResourcePoliciesCommand,
  GetServiceSettingCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  PutResourcePolicyCommand,
  RemoveTagsFromResourceCommand,
  ResetServiceSettingCommand,
  SSMClient,
  UpdateServiceSettingCommand,
  type PutParameterRequest,
} from '@aws-sdk/client-ssm';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { publishedEvents } from '../../../tests/events.ts';
import { accountsOf } from '../../../tests/accounts.ts';
import { ACCOUNT, allow, identities, policy, refusal } from '../../../tests/identities.ts';
import { DAY_MS, HOUR_MS, openSsm } from './ssm.fixture.ts';

const { outcrop, ssm, put, newName, integer, nowMs } = await openSsm('administration');
const { user } = identities(outcrop);
const refused = (more: Partial<PutParameterRequest>) => refusal(put(more));
const describeOne = async (Name: string) =>
  (await ssm.send(new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Name', Values: [Name] }] })))
    .Parameters![0]!;
const get = (Name: string, client = ssm) => client.send(new GetParameterCommand({ Name }));
const big = () => 'x'.repeat(integer(4097, 8192));
const SETTING = '/ssm/parameter-store/default-parameter-tier';

describe('tiers', () => {
  it('hold 4 KB and 8 KB', async () => {
    expect((await put({ Value: 'x'.repeat(4096) })).tier).toBe('Standard');
    expect(await refused({ Value: big() })).toMatchObject({
      name: 'ValidationException',
      message:
        'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
    });
    expect((await put({ Value: big(), Tier: 'Advanced' })).tier).toBe('Advanced');
    expect((await refused({ Value: 'x'.repeat(8193), Tier: 'Advanced' })).name).toBe('ValidationException');
  });

  it('go up and never down', async () => {
    const { name } = await put();
    expect((await put({ Name: name, Overwrite: true, Tier: 'Advanced' })).tier).toBe('Advanced');
    expect((await put({ Name: name, Overwrite: true })).tier).toBe('Advanced');
    const down = await refused({ Name: name, Overwrite: true, Tier: 'Standard' });
    expect(down.message).toContain("You can't downgrade a parameter from the advanced-parameter tier");
  });

  it('are chosen by what a parameter needs when they are intelligent', async () => {
    const Tier = 'Intelligent-Tiering';
    const { name, tier } = await put({ Tier });
    expect(tier).toBe('Standard');
    expect((await put({ Tier, Value: big() })).tier).toBe('Advanced');
    expect((await put({ Tier, Value: '{"a":1}', DataType: 'json' })).tier).toBe('Advanced');
    expect((await put({ Tier, Name: name, Overwrite: true, Value: big() })).tier).toBe('Advanced');
    expect((await describeOne(name)).Tier).toBe('Advanced');
  });

  it('are as the account sets them when none is asked for', async () => {
    const setting = async () => (await ssm.send(new GetServiceSettingCommand({ SettingId: SETTING }))).ServiceSetting!;
    const ARN = 'arn:aws:ssm:us-east-1:000000000000:servicesetting/ssm/parameter-store/default-parameter-tier';
    expect(await setting()).toEqual({ SettingId: SETTING, SettingValue: 'Standard', ARN, Status: 'Default' });
    await ssm.send(new UpdateServiceSettingCommand({ SettingId: ARN, SettingValue: 'Intelligent-Tiering' }));
    expect(await setting()).toMatchObject({ SettingValue: 'Intelligent-Tiering', Status: 'Customized' });
    expect((await put({ Value: big() })).tier).toBe('Advanced');
    expect((await put()).tier).toBe('Standard');
    await ssm.send(new UpdateServiceSettingCommand({ SettingId: SETTING, SettingValue: 'Advanced' }));
    expect((await put()).tier).toBe('Advanced');
    await ssm.send(new ResetServiceSettingCommand({ SettingId: SETTING }));
    expect((await put()).tier).toBe('Standard');
    const other = ssm.send(new GetServiceSettingCommand({ SettingId: '/ssm/none' }));
    expect((await refusal(other)).name).toBe('ServiceSettingNotFound');
    const value = ssm.send(new UpdateServiceSettingCommand({ SettingId: SETTING, SettingValue: 'Best' }));
    expect((await refusal(value)).name).toBe('ValidationException');
  });
});

describe('parameter policies', () => {
  const at = (ms: number) => new Date(ms).toISOString();
  const expiration = (ms: number) => ({ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp: at(ms) } });
  const before = (count: number, Unit: string) => ({
    Type: 'ExpirationNotification',
    Version: '1.0',
    Attributes: { Before: String(count), Unit },
  });
  const unchanged = (count: number, Unit: string) => ({
    Type: 'NoChangeNotification',
    Version: '1.0',
    Attributes: { After: String(count), Unit },
  });
  const withPolicies = (policies: unknown[], more: Partial<PutParameterRequest> = {}) =>
    put({ Tier: 'Advanced', Policies: JSON.stringify(policies), ...more });
  const eventsOf = async (name: string, count: number) =>
    (
      await publishedEvents(
        outcrop,
        ({ detailType, detail }) => detailType === 'Parameter Store Policy Action' && detail['parameter-name'] === name,
        count,
      )
    ).map(({ detail }) => detail['policy-type'] as string);

  it('delete a parameter when its time has come, after telling of it', async () => {
    const days = integer(5, 40);
    const { name } = await withPolicies([expiration(nowMs() + days * DAY_MS), before(2, 'Days'), before(3, 'Hours')]);
    expect(
      (await describeOne(name)).Policies!.map(({ PolicyType, PolicyStatus }) => [PolicyType, PolicyStatus]),
    ).toEqual([
      ['Expiration', 'Pending'],
      ['ExpirationNotification', 'Pending'],
      ['ExpirationNotification', 'Pending'],
    ]);
    await outcrop.clock.advance((days - 2) * DAY_MS - 1);
    expect(await eventsOf(name, 0)).toEqual([]);
    await outcrop.clock.advance(1);
    expect(await eventsOf(name, 1)).toEqual(['ExpirationNotification']);
    expect((await describeOne(name)).Policies!.map(({ PolicyStatus }) => PolicyStatus)).toEqual([
      'Pending',
      'Finished',
      'Pending',
    ]);
    await outcrop.clock.advance(2 * DAY_MS - 1);
    expect((await get(name)).Parameter!.Name).toBe(name);
    await outcrop.clock.advance(1);
    expect((await refusal(get(name))).name).toBe('ParameterNotFound');
    expect(await eventsOf(name, 3)).toEqual(['ExpirationNotification', 'ExpirationNotification', 'Expiration']);
  });

  it('tell when a parameter has not been changed for as long as they say', async () => {
    const hours = integer(3, 100);
    const { name } = await withPolicies([unchanged(hours, 'Hours')]);
    await outcrop.clock.advance((hours - 1) * HOUR_MS);
    await put({ Name: name, Overwrite: true });
    await outcrop.clock.advance((hours - 1) * HOUR_MS);
    expect(await eventsOf(name, 0)).toEqual([]);
    await outcrop.clock.advance(HOUR_MS);
    expect(await eventsOf(name, 1)).toEqual(['NoChangeNotification']);
  });

  it('stay until others, or none, are sent', async () => {
    const { name } = await withPolicies([expiration(nowMs() + 10 * DAY_MS)]);
    await put({ Name: name, Overwrite: true });
    expect((await describeOne(name)).Policies).toHaveLength(1);
    await withPolicies([{}], { Name: name, Overwrite: true });
    expect((await describeOne(name)).Policies).toEqual([]);
    await outcrop.clock.advance(11 * DAY_MS);
    expect((await get(name)).Parameter!.Version).toBe(3);
  });

  it('are refused where they cannot be', async () => {
    const name = async (policies: unknown[], more = {}) => (await refusal(withPolicies(policies, more))).name;
    const soon = expiration(nowMs() + DAY_MS);
    expect(await name([soon], { Tier: 'Standard' })).toBe('ValidationException');
    expect(await name([{ Type: 'Rotation', Version: '1.0', Attributes: {} }])).toBe('InvalidPolicyTypeException');
    expect(await name([soon, soon])).toBe('IncompatiblePolicyException');
    expect(await name([before(1, 'Days')])).toBe('IncompatiblePolicyException');
    expect(await name([expiration(nowMs() - 1)])).toBe('InvalidPolicyAttributeException');
    expect(await name([soon, before(1, 'Weeks')])).toBe('InvalidPolicyAttributeException');
    expect(await name([unchanged(0, 'Days')])).toBe('InvalidPolicyAttributeException');
    expect(await name([{ ...soon, Version: '2.0' }])).toBe('InvalidPolicyAttributeException');
    expect(await name([{ ...soon, Attributes: { Timestamp: 'tomorrow' } }])).toBe('InvalidPolicyAttributeException');
    expect(await name(Array.from({ length: 11 }, () => unchanged(1, 'Days')))).toBe('PoliciesLimitExceededException');
    expect((await refused({ Tier: 'Advanced', Policies: 'no JSON' })).name).toBe('ValidationException');
  });
});

describe('tags', () => {
  it('are put, read and taken', async () => {
    const { name } = await put({ Tags: [{ Key: 'a', Value: '1' }] });
    const target = { ResourceType: 'Parameter' as const, ResourceId: name };
    await ssm.send(
      new AddTagsToResourceCommand({
        ...target,
        Tags: [
          { Key: 'a', Value: '2' },
          { Key: 'b', Value: '3' },
        ],
      }),
    );
    const list = async () => (await ssm.send(new ListTagsForResourceCommand(target))).TagList!;
    expect(await list()).toEqual([
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '3' },
    ]);
    await ssm.send(new RemoveTagsFromResourceCommand({ ...target, TagKeys: ['a', 'c'] }));
    expect(await list()).toEqual([{ Key: 'b', Value: '3' }]);
    const tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: 'v' }));
    const many = ssm.send(new AddTagsToResourceCommand({ ...target, Tags: tags }));
    expect((await refusal(many)).name).toBe('TooManyTagsError');
    const none = ssm.send(new ListTagsForResourceCommand({ ...target, ResourceId: newName() }));
    expect((await refusal(none)).name).toBe('InvalidResourceId');
  });
});

describe('who may', () => {
  const denied = async (call: Promise<unknown>) => (await refusal(call)).name === 'AccessDeniedException';

  it('is decided on each parameter by name, and on paths by the path', async () => {
    const path = newName('/rights');
    const mine = await put({ Name: `${path}/mine` });
    const other = await put({ Name: `${path}/other` });
    const arn = `arn:aws:ssm:us-east-1:000000000000:parameter${path}`;
    const { clients } = await user(
      'by-path',
      policy(
        { Effect: 'Allow', Action: ['ssm:GetParameter', 'ssm:GetParameters'], Resource: `${arn}/mine` },
        {
          Effect: 'Allow',
          Action: 'ssm:GetParametersByPath',
          Resource: arn,
          Condition: { StringEquals: { 'ssm:Recursive': 'false' } },
        },
      ),
    );
    const client = new SSMClient(clients);
    expect((await get(mine.name, client)).Parameter!.Value).toBe(mine.value);
    expect((await get(`${mine.name}:1`, client)).Parameter!.Version).toBe(1);
    expect(await denied(get(other.name, client))).toBe(true);
    const both = client.send(new GetParametersCommand({ Names: [mine.name, other.name] }));
    expect((await refusal(both)).message).toContain(`ssm:GetParameters on resource: ${arn}/other`);
    const below = (Recursive: boolean) => client.send(new GetParametersByPathCommand({ Path: path, Recursive }));
    expect((await below(false)).Parameters!.map(({ Name }) => Name)).toEqual([mine.name, other.name]);
    expect(await denied(below(true))).toBe(true);
  });

  it('is decided by tags and by what a request would do', async () => {
    const blue = await put({ Tags: [{ Key: 'team', Value: 'blue' }] });
    const red = await put({ Tags: [{ Key: 'team', Value: 'red' }] });
    const { clients } = await user(
      'by-tag',
      policy(
        {
          Effect: 'Allow',
          Action: 'ssm:GetParameter',
          Resource: '*',
          Condition: { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
        },
        {
          Effect: 'Allow',
          Action: 'ssm:PutParameter',
          Resource: '*',
          Condition: { StringEquals: { 'ssm:Overwrite': 'false' } },
        },
      ),
    );
    const client = new SSMClient(clients);
    expect((await get(blue.name, client)).Parameter!.Value).toBe(blue.value);
    expect(await denied(get(red.name, client))).toBe(true);
    const write = (Name: string, more: object = {}) =>
      client.send(new PutParameterCommand({ Name, Value: 'x', Type: 'String', ...more }));
    expect((await write(newName())).Version).toBe(1);
    expect(await denied(write(blue.name, { Overwrite: true }))).toBe(true);
    expect(await denied(write(newName(), { Tags: [{ Key: 'team', Value: 'blue' }] }))).toBe(true);
  });
});

describe('sharing', () => {
  it('lets in those whom the policy on a parameter names', async () => {
    const { name, value } = await put({ Tier: 'Advanced' });
    const ResourceArn = (await get(name)).Parameter!.ARN!;
    const guest = await user('guest', allow('sts:GetCallerIdentity'));
    const client = new SSMClient(guest.clients);
    expect((await refusal(get(ResourceArn, client))).name).toBe('AccessDeniedException');
    const share = (Action: string | string[], more: object = {}) =>
      ssm.send(
        new PutResourcePolicyCommand({
          ResourceArn,
          Policy: allow(Action, ResourceArn, { Principal: { AWS: guest.arn } }),
          ...more,
        }),
      );
    const { PolicyId, PolicyHash } = await share('ssm:GetParameter');
    expect((await get(ResourceArn, client)).Parameter!.Value).toBe(value);
    const { Policies } = await ssm.send(new GetResourcePoliciesCommand({ ResourceArn }));
    expect(Policies).toMatchObject([{ PolicyId, PolicyHash }]);

    expect((await refusal(share('ssm:GetParameter'))).name).toBe('ResourcePolicyLimitExceededException');
    const stale = share('ssm:GetParameters', { PolicyId, PolicyHash: 'a'.repeat(64) });
    expect((await refusal(stale)).name).toBe('ResourcePolicyConflictException');
    const changed = await share('ssm:GetParameters', { PolicyId, PolicyHash });
    expect((await refusal(get(ResourceArn, client))).name).toBe('AccessDeniedException');
    const { PolicyHash: hash } = changed;
    await ssm.send(new DeleteResourcePolicyCommand({ ResourceArn, PolicyId: PolicyId!, PolicyHash: hash! }));
    expect((await ssm.send(new GetResourcePoliciesCommand({ ResourceArn }))).Policies).toEqual([]);
  });

  it('reaches other accounts, which need the key of a SecureString as well', async () => {
    await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({}));
    const { createAccount, assume } = accountsOf(outcrop);
    const account = await createAccount();
    const abroad = new SSMClient(await assume(account));
    const kms = new KMSClient(outcrop.clients);
    const key = async (...more: object[]) =>
      (
        await kms.send(
          new CreateKeyCommand({
            Policy: policy(
              { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
              ...(more as Record<string, unknown>[]),
            ),
          }),
        )
      ).KeyMetadata!.Arn!;
    const theirs = await key({ Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:Decrypt', Resource: '*' });
    for (const [KeyId, outcome] of [
      [theirs, 'told'],
      [await key(), 'AccessDeniedException'],
    ] as const) {
      const { name, value } = await put({ Tier: 'Advanced', Type: 'SecureString', KeyId });
      const ResourceArn = (await get(name)).Parameter!.ARN!;
      const read = () => abroad.send(new GetParameterCommand({ Name: ResourceArn, WithDecryption: true }));
      expect((await refusal(read())).name).toBe('AccessDeniedException');
      await ssm.send(
        new PutResourcePolicyCommand({
          ResourceArn,
          Policy: allow('ssm:GetParameter', ResourceArn, { Principal: { AWS: account } }),
        }),
      );
      if (outcome === 'told') expect((await read()).Parameter!.Value).toBe(value);
      else
        expect(await refusal(read())).toMatchObject({ name: outcome, message: expect.stringContaining('kms:Decrypt') });
    }
    expect((await refusal(get((await put()).name, abroad))).name).toBe('ParameterNotFound');
  });

  it('is for advanced parameters, and for reading', async () => {
    const name = async (parameter: string, Policy: (arn: string) => string) => {
      const ResourceArn = (await get(parameter)).Parameter!.ARN!;
      return (await refusal(ssm.send(new PutResourcePolicyCommand({ ResourceArn, Policy: Policy(ResourceArn) })))).name;
    };
    const to = (Action: string) => (arn: string) => allow(Action, arn, { Principal: { AWS: '111122223333' } });
    const standard = await put();
    expect(await name(standard.name, to('ssm:GetParameter'))).toBe('ResourcePolicyInvalidParameterException');
    const advanced = await put({ Tier: 'Advanced' });
    expect(await name(advanced.name, to('ssm:PutParameter'))).toBe('MalformedResourcePolicyDocumentException');
    expect(await name(advanced.name, () => '{')).toBe('MalformedResourcePolicyDocumentException');
    const sealed = await put({ Tier: 'Advanced', Type: 'SecureString' });
    expect(await name(sealed.name, to('ssm:GetParameter'))).toBe('ResourcePolicyInvalidParameterException');
  });
});
