import {
  CreateGrantCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  KMSClient,
  paginateListGrants,
  paginateListRetirableGrants,
  ListGrantsCommand,
  ReEncryptCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
  SignCommand,
  type CreateGrantRequest,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, identities, trust } from '../../../tests/identities.ts';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { openKms, refusal } from './kms.fixture.ts';

const { outcrop, kms, integer, bytes, text, makeKey, encrypt } = await openKms('grants');
const { user, role, as } = identities(outcrop);
const grantee = await user('grantee');
const theirs = new KMSClient(grantee.clients);
const create = (KeyId: string, more: Partial<CreateGrantRequest> = {}, client = kms) =>
  client.send(new CreateGrantCommand({ KeyId, GranteePrincipal: grantee.arn, Operations: ['Decrypt'], ...more }));
const list = async (KeyId: string, more = {}) => (await kms.send(new ListGrantsCommand({ KeyId, ...more }))).Grants!;
const denied = { name: 'AccessDeniedException', status: 400 };

describe('a grant', () => {
  it('lets its grantee do what it names, until it is revoked', async () => {
    const { KeyId, Arn } = await makeKey();
    const blob = await encrypt(KeyId!, bytes(9));
    const open = () => theirs.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(await refusal(open())).toMatchObject(denied);
    const { GrantId, GrantToken } = await create(KeyId!);
    expect(GrantId).toMatch(/^[0-9a-f]{64}$/);
    expect((await open()).KeyId).toBe(Arn);
    const withToken = theirs.send(new DecryptCommand({ CiphertextBlob: blob, GrantTokens: [GrantToken!] }));
    expect((await withToken).KeyId).toBe(Arn);
    const madeUp = theirs.send(new DecryptCommand({ CiphertextBlob: blob, GrantTokens: [text()] }));
    expect((await refusal(madeUp)).name).toBe('InvalidGrantTokenException');
    expect(await refusal(theirs.send(new EncryptCommand({ KeyId: Arn!, Plaintext: bytes(1) })))).toMatchObject(denied);
    expect(await list(KeyId!)).toMatchObject([
      {
        KeyId: Arn,
        GrantId,
        Name: '',
        GranteePrincipal: grantee.arn,
        IssuingAccount: `arn:aws:iam::${ACCOUNT}:root`,
        Operations: ['Decrypt'],
      },
    ]);
    await kms.send(new RevokeGrantCommand({ KeyId: KeyId!, GrantId: GrantId! }));
    expect(await refusal(open())).toMatchObject(denied);
    expect(await list(KeyId!)).toEqual([]);
    const again = kms.send(new RevokeGrantCommand({ KeyId: KeyId!, GrantId: GrantId! }));
    expect((await refusal(again)).name).toBe('InvalidGrantIdException');
  });

  it('of a role lets the sessions of the role, whatever they are called', async () => {
    const caller = await user('caller', allow('sts:AssumeRole'));
    const worker = await role('worker', trust({ AWS: caller.arn }));
    const { KeyId } = await makeKey();
    const blob = await encrypt(KeyId!, bytes(9));
    const { Credentials } = await new STSClient(caller.clients).send(
      new AssumeRoleCommand({ RoleArn: worker.arn, RoleSessionName: text() }),
    );
    const session = new KMSClient(as(Credentials));
    const open = () => session.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(await refusal(open())).toMatchObject(denied);
    await create(KeyId!, { GranteePrincipal: worker.arn });
    expect((await open()).Plaintext).toHaveLength(9);
  });

  it('holds for encryption contexts that have what it names', async () => {
    const { KeyId } = await makeKey();
    const subset = { [text()]: text() };
    await create(KeyId!, { Constraints: { EncryptionContextSubset: subset }, Operations: ['Decrypt', 'DescribeKey'] });
    const open = async (EncryptionContext?: Record<string, string>) => {
      const CiphertextBlob = await encrypt(KeyId!, bytes(9), EncryptionContext);
      return theirs.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    };
    expect((await open(subset)).Plaintext).toHaveLength(9);
    expect((await open({ ...subset, [text()]: text() })).Plaintext).toHaveLength(9);
    for (const other of [
      undefined,
      { [text()]: text() },
      Object.fromEntries(Object.entries(subset).map(([name, value]) => [name, `${value}x`])),
    ])
      expect(await refusal(open(other))).toMatchObject(denied);
    // Without an encryption context to hold it to, the constraint says nothing.
    expect((await theirs.send(new DescribeKeyCommand({ KeyId: KeyId! }))).KeyMetadata!.KeyId).toBe(KeyId);
  });

  it('is made once under its name, however often it is asked for', async () => {
    const { KeyId } = await makeKey();
    const Name = `n/${text()}`;
    const first = await create(KeyId!, { Name });
    expect((await create(KeyId!, { Name })).GrantId).toBe(first.GrantId);
    const others = [
      await create(KeyId!),
      await create(KeyId!),
      await create(KeyId!, { Name, Operations: ['Encrypt'] }),
    ];
    expect(new Set([first, ...others].map(({ GrantId }) => GrantId)).size).toBe(4);
    expect(await list(KeyId!, { GrantId: first.GrantId })).toMatchObject([{ Name }]);
  });

  it('is retired by its retiring principal, by its grantee where it says so, and by nobody else', async () => {
    const { KeyId, Arn } = await makeKey();
    const retirer = await user('retirer');
    const other = await user('other');
    const retire = (client: KMSClient, input: object) => client.send(new RetireGrantCommand(input));
    const one = await create(KeyId!, { RetiringPrincipal: retirer.arn });
    const two = await create(KeyId!, { Operations: ['Encrypt', 'RetireGrant'] });
    const three = await create(KeyId!, { Operations: ['Encrypt'] });
    const byId = { KeyId: Arn, GrantId: one.GrantId };
    expect(await refusal(retire(new KMSClient(other.clients), byId))).toMatchObject(denied);
    expect(await refusal(retire(theirs, byId))).toMatchObject(denied);
    expect(await refusal(retire(theirs, { GrantToken: three.GrantToken }))).toMatchObject(denied);
    expect(await refusal(retire(new KMSClient(retirer.clients), { GrantToken: two.GrantToken }))).toMatchObject(denied);
    await retire(new KMSClient(retirer.clients), byId);
    await retire(theirs, { GrantToken: two.GrantToken });
    expect((await list(KeyId!)).map(({ GrantId }) => GrantId)).toEqual([three.GrantId]);
    expect((await refusal(retire(kms, { GrantToken: two.GrantToken }))).name).toBe('InvalidGrantIdException');
    expect((await refusal(retire(kms, { KeyId, GrantId: three.GrantId }))).name).toBe('InvalidArnException');
    expect((await refusal(retire(kms, {}))).name).toBe('ValidationException');
  });

  it('names somebody who is there, and what the key can do', async () => {
    const { KeyId } = await makeKey();
    const signing = await makeKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    for (const GranteePrincipal of [
      `arn:aws:iam::${ACCOUNT}:user/none`,
      `arn:aws:iam::${ACCOUNT}:role/none`,
      'grantee',
    ])
      expect((await refusal(create(KeyId!, { GranteePrincipal }))).name).toBe('InvalidArnException');
    const wrong: [string, Partial<CreateGrantRequest>][] = [
      [KeyId!, { Operations: ['Sign'] }],
      [KeyId!, { Operations: [] }],
      [KeyId!, { GranteePrincipal: undefined }],
      [KeyId!, { Constraints: { EncryptionContextEquals: { a: 'b' }, EncryptionContextSubset: { a: 'b' } } }],
      [
        KeyId!,
        {
          Constraints: {
            EncryptionContextSubset: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'v'])),
          },
        },
      ],
      [KeyId!, { Constraints: { EncryptionContextEquals: { a: 'x'.repeat(385) } } }],
      [signing.KeyId!, { Operations: ['Encrypt'] }],
      [signing.KeyId!, { Operations: ['Sign'], Constraints: { EncryptionContextEquals: { a: 'b' } } }],
    ];
    for (const [key, request] of wrong) expect((await refusal(create(key, request))).name).toBe('ValidationException');
    await create(signing.KeyId!, { Operations: ['Sign', 'GetPublicKey'] });
    const signed = theirs.send(
      new SignCommand({ KeyId: signing.Arn!, Message: bytes(5), SigningAlgorithm: 'ECDSA_SHA_256' }),
    );
    expect((await signed).Signature!.length).toBeGreaterThan(60);
    expect((await refusal(create(KeyId!, { DryRun: true }))).name).toBe('DryRunOperationException');
    await kms.send(new DisableKeyCommand({ KeyId: KeyId! }));
    expect((await refusal(create(KeyId!))).name).toBe('DisabledException');
  });

  it('lets a grantee hand on no more than it may pass', async () => {
    const { KeyId } = await makeKey();
    await create(KeyId!, { Operations: ['CreateGrant', 'Encrypt'] });
    const second = await user('second');
    const handed = await create(KeyId!, { GranteePrincipal: second.arn, Operations: ['Encrypt'] }, theirs);
    expect(handed.GrantId).toBeDefined();
    for (const Operations of [['Decrypt'], ['Encrypt', 'Decrypt']] as const)
      expect(
        await refusal(create(KeyId!, { GranteePrincipal: second.arn, Operations: [...Operations] }, theirs)),
      ).toMatchObject(denied);
    const { KeyId: bound } = await makeKey();
    const EncryptionContextEquals = { a: text() };
    await create(bound!, { Operations: ['CreateGrant', 'Encrypt'], Constraints: { EncryptionContextEquals } });
    const onward = (Constraints?: CreateGrantRequest['Constraints']) =>
      create(bound!, { GranteePrincipal: second.arn, Operations: ['Encrypt'], Constraints }, theirs);
    expect((await onward({ EncryptionContextEquals })).GrantId).toBeDefined();
    const looser = [
      undefined,
      { EncryptionContextSubset: EncryptionContextEquals },
      { EncryptionContextEquals: { a: text() } },
      { EncryptionContextEquals: { ...EncryptionContextEquals, b: '1' } },
    ];
    for (const constraints of looser) expect(await refusal(onward(constraints))).toMatchObject(denied);
  });

  it('is listed a page at a time: of a key, of a grantee, and for who may retire it', async () => {
    const { KeyId } = await makeKey();
    const [retirer, lister] = [
      await user(`retirer-${text()}`),
      await user(`lister-${text()}`, allow('kms:ListRetirableGrants')),
    ];
    const count = integer(5, 9);
    const made: string[] = [];
    for (let i = 0; i < count; i++)
      made.push(
        (await create(KeyId!, { RetiringPrincipal: retirer.arn, ...(i % 2 ? { GranteePrincipal: lister.arn } : {}) }))
          .GrantId!,
      );
    const all: string[] = [];
    for await (const page of paginateListGrants({ client: kms, pageSize: 2 }, { KeyId }))
      all.push(...page.Grants!.map(({ GrantId }) => GrantId!));
    expect(all).toEqual(made.toSorted());
    const ofLister: string[] = [];
    for await (const page of paginateListGrants({ client: kms, pageSize: 2 }, { KeyId, GranteePrincipal: lister.arn }))
      ofLister.push(...page.Grants!.map(({ GrantId }) => GrantId!));
    expect(ofLister).toEqual(made.filter((_, i) => i % 2).toSorted());
    const retirable: string[] = [];
    for await (const page of paginateListRetirableGrants(
      { client: new KMSClient(lister.clients), pageSize: 2 },
      { RetiringPrincipal: retirer.arn },
    ))
      retirable.push(...page.Grants!.map(({ GrantId }) => GrantId!));
    expect(retirable.toSorted()).toEqual(made.toSorted());
  });
});

describe('ReEncrypt', () => {
  it('asks for both keys, and tells policies whether they are the same', async () => {
    const [from, to] = [await makeKey(), await makeKey()];
    const mover = await user(
      'mover',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'kms:ReEncrypt*', Resource: '*' },
          {
            Effect: 'Deny',
            Action: 'kms:ReEncrypt*',
            Resource: '*',
            Condition: { Bool: { 'kms:ReEncryptOnSameKey': 'true' } },
          },
        ],
      }),
    );
    const CiphertextBlob = await encrypt(from.KeyId!, bytes(9));
    const move = (DestinationKeyId: string) =>
      new KMSClient(mover.clients).send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId }));
    expect((await move(to.KeyId!)).KeyId).toBe(to.Arn);
    const same = await refusal(move(from.KeyId!));
    expect(same).toMatchObject(denied);
    expect(same.message).toContain('kms:ReEncryptFrom');
    expect(same.message).toContain('explicit deny');
  });
});
