import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  paginateListSecrets,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  type Filter,
  type ListSecretsRequest,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../tests/identities.ts';
import { publishedEvents } from '../../../tests/events.ts';
import { DAY_MS, openSecrets } from './secrets.fixture.ts';

const { outcrop, secrets, make, newName, text, integer, nowMs, inRegion } = await openSecrets('secrets');
const get = (SecretId: string) => secrets.send(new GetSecretValueCommand({ SecretId }));
const describeSecret = (SecretId: string) => secrets.send(new DescribeSecretCommand({ SecretId }));

describe('CreateSecret', () => {
  it('makes an ARN of the name and six characters, and a current version under the token', async () => {
    const Name = newName();
    const ClientRequestToken = crypto.randomUUID();
    const value = text();
    const made = await secrets.send(new CreateSecretCommand({ Name, SecretString: value, ClientRequestToken }));
    expect(made.ARN).toMatch(
      new RegExp(`^arn:aws:secretsmanager:us-east-1:000000000000:secret:${Name}-[A-Za-z0-9]{6}$`),
    );
    expect(made).toMatchObject({ Name, VersionId: ClientRequestToken });
    expect(await get(Name)).toMatchObject({
      ARN: made.ARN,
      Name,
      SecretString: value,
      VersionId: ClientRequestToken,
      VersionStages: ['AWSCURRENT'],
    });
  });

  it('keeps bytes as bytes', async () => {
    const bytes = Uint8Array.from({ length: integer(1, 65_536) }, () => integer(0, 255));
    const Name = newName();
    await secrets.send(new CreateSecretCommand({ Name, SecretBinary: bytes }));
    const found = await get(Name);
    expect(Buffer.from(found.SecretBinary!).equals(bytes)).toBe(true);
    expect(found.SecretString).toBeUndefined();
  });

  it('answers the same request as it did before, and refuses another of the name', async () => {
    const request = { Name: newName(), SecretString: text(), ClientRequestToken: crypto.randomUUID() };
    const first = await secrets.send(new CreateSecretCommand(request));
    const again = await secrets.send(new CreateSecretCommand(request));
    expect({ ...again, $metadata: 0 }).toEqual({ ...first, $metadata: 0 });
    const other = { ...request, SecretString: `${request.SecretString}x` };
    expect(await refusal(secrets.send(new CreateSecretCommand(other)))).toMatchObject({
      name: 'ResourceExistsException',
      message: `The operation failed because the secret ${request.Name} already exists.`,
    });
  });

  it('makes one secret when many ask for the name at once', async () => {
    const Name = newName();
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, () => secrets.send(new CreateSecretCommand({ Name, SecretString: text() }))),
    );
    const made = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value.ARN!] : []));
    expect(made).toHaveLength(1);
    expect((await get(Name)).ARN).toBe(made[0]);
    for (const one of asked)
      if (one.status === 'rejected') expect((one.reason as Error).name).toBe('ResourceExistsException');
  });

  it('makes a secret without a value, which then has none to get', async () => {
    const Name = newName();
    expect((await secrets.send(new CreateSecretCommand({ Name }))).VersionId).toBeUndefined();
    expect(await refusal(get(Name))).toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
  });

  it('refuses names, values and tags that cannot be', async () => {
    const create = (more: object) => refusal(secrets.send(new CreateSecretCommand({ Name: newName(), ...more })));
    expect(await create({ Name: 'a b' })).toMatchObject({
      name: 'ValidationException',
      message:
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    });
    expect((await create({ SecretString: 'a', SecretBinary: Buffer.from('a') })).name).toBe(
      'InvalidParameterException',
    );
    expect((await create({ SecretString: 'ä'.repeat(40_000) })).name).toBe('InvalidParameterException');
    expect((await create({ SecretString: 'a'.repeat(65_537) })).name).toBe('ValidationException');
    expect((await create({ Tags: [{ Key: 'aws:x', Value: '' }] })).name).toBe('InvalidParameterException');
    const tags = Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: '' }));
    expect((await create({ Tags: tags })).name).toBe('InvalidParameterException');
    expect(await create({ Type: 'Salesforce' })).toMatchObject({ name: 'NotImplemented', status: 501 });
  });
});

describe('a SecretId', () => {
  it('is a name, an ARN, or an ARN without its suffix', async () => {
    const { arn, name, value } = await make();
    for (const id of [name, arn, arn.slice(0, -7)]) expect((await get(id)).SecretString).toBe(value);
  });

  it('that ends like a suffix is found by its partial ARN too', async () => {
    const { arn, value } = await make({ name: `${newName()}-abcdef` });
    expect((await get(arn.slice(0, -7))).SecretString).toBe(value);
  });

  it('of another suffix, region, account or name finds nothing', async () => {
    const { arn, name } = await make();
    const others = [`${arn.slice(0, -6)}000000`, arn.replace('us-east-1', 'eu-west-1'), `${name}x`, name.toUpperCase()];
    for (const id of others)
      expect(await refusal(get(id))).toMatchObject({
        name: 'ResourceNotFoundException',
        message: "Secrets Manager can't find the specified secret.",
        status: 400,
      });
    expect((await refusal(inRegion('eu-west-1').send(new GetSecretValueCommand({ SecretId: name })))).name).toBe(
      'ResourceNotFoundException',
    );
  });
});

describe('DescribeSecret and UpdateSecret', () => {
  it('tell and change what is known of a secret', async () => {
    const description = text(20);
    const { arn, name, versionId } = await make({ description, tags: { team: 'ml' } });
    const createdMs = nowMs();
    expect(await describeSecret(arn)).toMatchObject({
      ARN: arn,
      Name: name,
      Description: description,
      Tags: [{ Key: 'team', Value: 'ml' }],
      CreatedDate: new Date(createdMs),
      LastChangedDate: new Date(createdMs),
      VersionIdsToStages: { [versionId]: ['AWSCURRENT'] },
    });
    await outcrop.clock.advance(5000);
    const SecretString = text();
    const updated = await secrets.send(new UpdateSecretCommand({ SecretId: name, Description: 'new', SecretString }));
    const now = await describeSecret(name);
    expect(now).toMatchObject({ Description: 'new', LastChangedDate: new Date(createdMs + 5000) });
    expect(now.VersionIdsToStages).toEqual({ [versionId]: ['AWSPREVIOUS'], [updated.VersionId!]: ['AWSCURRENT'] });
    expect((await get(name)).SecretString).toBe(SecretString);
  });

  it('know the day of the last reading', async () => {
    const { arn } = await make();
    expect((await describeSecret(arn)).LastAccessedDate).toBeUndefined();
    await get(arn);
    const day = Math.floor(nowMs() / DAY_MS) * DAY_MS;
    expect((await describeSecret(arn)).LastAccessedDate).toEqual(new Date(day));
  });

  it('add, replace and remove tags', async () => {
    const { arn } = await make({ tags: { a: '1', b: '2' } });
    await secrets.send(
      new TagResourceCommand({
        SecretId: arn,
        Tags: [
          { Key: 'b', Value: '3' },
          { Key: 'c', Value: '' },
        ],
      }),
    );
    await secrets.send(new UntagResourceCommand({ SecretId: arn, TagKeys: ['a', 'nothing'] }));
    const { Tags } = await describeSecret(arn);
    expect(Object.fromEntries(Tags!.map(({ Key, Value }) => [Key, Value]))).toEqual({ b: '3', c: '' });
  });
});

describe('DeleteSecret', () => {
  it('keeps the secret for the days it is told, out of reach, and then it is gone', async () => {
    const days = integer(7, 30);
    const { arn, name, value } = await make();
    const { DeletionDate } = await secrets.send(
      new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: days }),
    );
    expect(DeletionDate).toEqual(new Date(nowMs() + days * DAY_MS));
    for (const call of [
      get(name),
      secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'x' })),
      secrets.send(new TagResourceCommand({ SecretId: name, Tags: [] })),
      secrets.send(new DeleteSecretCommand({ SecretId: name })),
    ])
      expect(await refusal(call)).toMatchObject({
        name: 'InvalidRequestException',
        message: "You can't perform this operation on the secret because it was marked for deletion.",
      });
    expect(await refusal(secrets.send(new CreateSecretCommand({ Name: name })))).toMatchObject({
      name: 'InvalidRequestException',
      message: "You can't create this secret because a secret with this name is already scheduled for deletion.",
    });
    expect((await describeSecret(name)).DeletedDate).toEqual(DeletionDate);

    await outcrop.clock.advance(days * DAY_MS - 1000);
    expect((await describeSecret(name)).ARN).toBe(arn);
    await outcrop.clock.advance(2000);
    expect((await refusal(describeSecret(name))).name).toBe('ResourceNotFoundException');
    const { arn: next } = await make({ name, value });
    expect(next).not.toBe(arn);
    expect((await refusal(get(arn))).name).toBe('ResourceNotFoundException');
  });

  it('is undone by RestoreSecret, whenever in the window, for good', async () => {
    const { arn, value } = await make();
    await secrets.send(new DeleteSecretCommand({ SecretId: arn }));
    await outcrop.clock.advance(integer(1, 29) * DAY_MS);
    await secrets.send(new RestoreSecretCommand({ SecretId: arn }));
    expect((await get(arn)).SecretString).toBe(value);
    await outcrop.clock.advance(40 * DAY_MS);
    expect((await get(arn)).SecretString).toBe(value);
    expect((await describeSecret(arn)).DeletedDate).toBeUndefined();
  });

  it('without recovery is at once, also for a secret that waits or never was', async () => {
    const { name } = await make();
    await secrets.send(new DeleteSecretCommand({ SecretId: name }));
    await secrets.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
    expect((await refusal(describeSecret(name))).name).toBe('ResourceNotFoundException');
    const none = new DeleteSecretCommand({ SecretId: newName(), ForceDeleteWithoutRecovery: true });
    expect((await secrets.send(none)).DeletionDate).toEqual(new Date(nowMs()));
  });

  it('refuses windows that cannot be', async () => {
    const { arn } = await make();
    const remove = (more: object) => refusal(secrets.send(new DeleteSecretCommand({ SecretId: arn, ...more })));
    for (const RecoveryWindowInDays of [6, 31])
      expect(await remove({ RecoveryWindowInDays })).toMatchObject({
        name: 'InvalidParameterException',
        message: 'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
      });
    expect((await remove({ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true })).name).toBe(
      'InvalidParameterException',
    );
  });

  it('tells of its beginning, its undoing and its end', async () => {
    const { arn } = await make();
    await secrets.send(new DeleteSecretCommand({ SecretId: arn }));
    await secrets.send(new RestoreSecretCommand({ SecretId: arn }));
    await secrets.send(new DeleteSecretCommand({ SecretId: arn, RecoveryWindowInDays: 7 }));
    await outcrop.clock.advance(8 * DAY_MS);
    const events = await publishedEvents(outcrop, ({ detail }) => detail.additionalEventData?.SecretId === arn, 4);
    expect(events.map(({ detail }) => detail.eventName)).toEqual([
      'StartSecretVersionDelete',
      'CancelSecretVersionDelete',
      'StartSecretVersionDelete',
      'EndSecretVersionDelete',
    ]);
    expect(new Set(events.map(({ detailType }) => detailType))).toEqual(new Set(['AWS Service Event via CloudTrail']));
  });
});

describe('ListSecrets', async () => {
  const region = 'ap-southeast-2';
  const client = inRegion(region);
  const words = ['alpha', 'beta', 'gamma', 'delta'];
  const made = Array.from({ length: 23 }, (_, at) => ({
    Name: `${words[at % 4]}/${at}-${integer(100, 999)}`,
    Description: `${['Key', 'Token', 'password'][at % 3]} of ${words[(at + 1) % 4]}`,
    Tags: [{ Key: at % 2 ? 'team' : 'owner', Value: words[at % 4]! }],
  }));
  for (const one of made) {
    await client.send(new CreateSecretCommand(one));
    await outcrop.clock.advance(1000);
  }
  const names = async (input: ListSecretsRequest) => {
    const found: string[] = [];
    for await (const { SecretList } of paginateListSecrets({ client, pageSize: 5 }, input))
      found.push(...SecretList!.map(({ Name }) => Name!));
    return found;
  };
  const filtered = (...Filters: Filter[]) => names({ Filters });
  const where = (test: (one: (typeof made)[number]) => boolean) => made.filter(test).map(({ Name }) => Name);

  it('pages through all of them, by the date of making or by name', async () => {
    expect(await names({})).toEqual(made.map(({ Name }) => Name));
    expect(await names({ SortOrder: 'desc' })).toEqual(made.map(({ Name }) => Name).toReversed());
    expect(await names({ SortBy: 'name' })).toEqual(made.map(({ Name }) => Name).sort());
  });

  it('finds by the beginnings of names, descriptions and tags', async () => {
    expect(await filtered({ Key: 'name', Values: ['beta'] })).toEqual(where(({ Name }) => Name.startsWith('beta')));
    expect(await filtered({ Key: 'name', Values: ['Beta'] })).toEqual([]);
    expect(await filtered({ Key: 'description', Values: ['KEY'] })).toEqual(
      where(({ Description }) => Description.startsWith('Key')),
    );
    expect(await filtered({ Key: 'tag-key', Values: ['own'] })).toEqual(where(({ Tags }) => Tags[0]!.Key === 'owner'));
    expect(await filtered({ Key: 'tag-value', Values: ['gam', 'del'] })).toEqual(
      where(({ Tags }) => /^(gam|del)/.test(Tags[0]!.Value)),
    );
  });

  it('holds all filters, turns them round with an exclamation mark, and searches everywhere', async () => {
    expect(
      await filtered({ Key: 'name', Values: ['alpha', 'beta'] }, { Key: 'description', Values: ['token'] }),
    ).toEqual(where((one) => /^(alpha|beta)/.test(one.Name) && one.Description.startsWith('Token')));
    expect(await filtered({ Key: 'name', Values: ['!alpha'] })).toEqual(where(({ Name }) => !Name.startsWith('alpha')));
    expect(await filtered({ Key: 'all', Values: ['PASSWORD gamma'] })).toEqual(
      where((one) => {
        const all = JSON.stringify(one).toLowerCase();
        return all.includes('password') && all.includes('gamma');
      }),
    );
  });

  it('leaves out what is marked for deletion unless it is asked for', async () => {
    const { Name } = made[integer(0, made.length - 1)]!;
    await client.send(new DeleteSecretCommand({ SecretId: Name }));
    expect(await names({})).not.toContain(Name);
    const { SecretList } = await client.send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
    expect(SecretList!.find((one) => one.Name === Name)!.DeletedDate).toEqual(new Date(nowMs()));
    await client.send(new RestoreSecretCommand({ SecretId: Name }));
  });

  it('refuses a token it never gave', async () => {
    expect((await refusal(client.send(new ListSecretsCommand({ NextToken: 'abc' })))).name).toBe(
      'InvalidNextTokenException',
    );
  });
});
