import {
  AcceptHandshakeCommand,
  CancelHandshakeCommand,
  CreateOrganizationCommand,
  DeclineHandshakeCommand,
  DescribeAccountCommand,
  DescribeHandshakeCommand,
  DescribeOrganizationCommand,
  EnableAllFeaturesCommand,
  InviteAccountToOrganizationCommand,
  ListHandshakesForAccountCommand,
  ListHandshakesForOrganizationCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
  RemoveAccountFromOrganizationCommand,
  type HandshakeParty,
} from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HANDSHAKE_SHOWN_DAYS, INVITATION_DAYS, LEAVE_WAIT_DAYS } from './limits.ts';
import { openOrganizations, refusal } from './organizations.fixture.ts';

const house = await openOrganizations('handshakes');
const { outcrop, organizations, unique, createAccount, createOrganization, assume, nowMs } = house;
const { organization, rootId } = await createOrganization('CONSOLIDATED_BILLING');
const invite = async (Target: HandshakeParty, more: object = {}) =>
  (await organizations.send(new InviteAccountToOrganizationCommand({ Target, ...more }))).Handshake!;
const inviteAccount = (Id: string) => invite({ Type: 'ACCOUNT', Id });

/** A stand-alone account, made here and let go, with a client of its administrator; its sessions end after an hour. */
async function standAlone() {
  const Email = `${unique('alone')}@example.org`;
  const id = await createAccount({ Email });
  await outcrop.clock.advance(LEAVE_WAIT_DAYS * DAY_MS);
  await organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId: id }));
  return { id, Email, client: async () => new OrganizationsClient(await assume(id)) };
}

describe('An invitation', () => {
  it('shows who invites whom to what, and makes the account a member when it accepts', async () => {
    const account = await standAlone();
    const Notes = unique('please join');
    const Tags = [{ Key: 'from', Value: unique('invitation') }];
    const handshake = await invite({ Type: 'ACCOUNT', Id: account.id }, { Notes, Tags });
    expect(handshake).toEqual({
      Id: expect.stringMatching(/^h-[0-9a-f]{32}$/),
      Arn: `arn:aws:organizations::${organization.MasterAccountId}:handshake/${organization.Id}/invite/${handshake.Id}`,
      Parties: [
        { Id: organization.Id, Type: 'ORGANIZATION' },
        { Id: account.id, Type: 'ACCOUNT' },
      ],
      State: 'OPEN',
      RequestedTimestamp: new Date(nowMs()),
      ExpirationTimestamp: new Date(nowMs() + INVITATION_DAYS * DAY_MS),
      Action: 'INVITE',
      Resources: [
        {
          Type: 'ORGANIZATION',
          Value: organization.Id,
          Resources: [
            { Type: 'MASTER_EMAIL', Value: organization.MasterAccountEmail },
            { Type: 'MASTER_NAME', Value: expect.any(String) },
            { Type: 'ORGANIZATION_FEATURE_SET', Value: 'CONSOLIDATED_BILLING' },
          ],
        },
        { Type: 'ACCOUNT', Value: account.id },
        { Type: 'NOTES', Value: Notes },
      ],
    });
    expect((await refusal(inviteAccount(account.id))).name).toBe('DuplicateHandshakeException');
    const client = await account.client();
    const received = await client.send(new ListHandshakesForAccountCommand({ Filter: { ActionType: 'INVITE' } }));
    expect(received.Handshakes).toEqual([handshake]);
    expect((await client.send(new DescribeHandshakeCommand({ HandshakeId: handshake.Id! }))).Handshake).toEqual(
      handshake,
    );
    const accepted = await client.send(new AcceptHandshakeCommand({ HandshakeId: handshake.Id! }));
    expect(accepted.Handshake).toEqual({ ...handshake, State: 'ACCEPTED' });
    const { Account } = await organizations.send(new DescribeAccountCommand({ AccountId: account.id }));
    expect(Account).toMatchObject({ JoinedMethod: 'INVITED', Paths: [`${organization.Id}/${rootId}/${account.id}/`] });
    const tags = await organizations.send(new ListTagsForResourceCommand({ ResourceId: account.id }));
    expect(tags.Tags).toEqual(Tags);
    const again = client.send(new AcceptHandshakeCommand({ HandshakeId: handshake.Id! }));
    expect((await refusal(again)).name).toBe('HandshakeAlreadyInStateException');
    const back = client.send(new DeclineHandshakeCommand({ HandshakeId: handshake.Id! }));
    expect((await refusal(back)).name).toBe('InvalidHandshakeTransitionException');
    expect(await refusal(inviteAccount(account.id))).toMatchObject({
      name: 'HandshakeConstraintViolationException',
      Reason: 'ALREADY_IN_AN_ORGANIZATION',
    });
    // An account that was invited may go at once.
    await organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId: account.id }));
  });

  it('reaches an account by its address, in whatever case', async () => {
    const account = await standAlone();
    const handshake = await invite({ Type: 'EMAIL', Id: account.Email.toUpperCase() });
    const client = await account.client();
    const { Handshakes } = await client.send(new ListHandshakesForAccountCommand({}));
    expect(Handshakes!.map(({ Id }) => Id)).toEqual([handshake.Id]);
    await client.send(new AcceptHandshakeCommand({ HandshakeId: handshake.Id! }));
    expect((await client.send(new DescribeOrganizationCommand({}))).Organization!.Id).toBe(organization.Id);
  });

  it('is declined by who got it, called off by who sent it, and nobody else', async () => {
    const [one, other] = [await standAlone(), await standAlone()];
    const [client, stranger] = [await one.client(), await other.client()];
    const first = await inviteAccount(one.id);
    expect((await refusal(stranger.send(new DescribeHandshakeCommand({ HandshakeId: first.Id! })))).name).toBe(
      'AccessDeniedException',
    );
    expect((await refusal(stranger.send(new AcceptHandshakeCommand({ HandshakeId: first.Id! })))).name).toBe(
      'AccessDeniedException',
    );
    expect((await refusal(client.send(new CancelHandshakeCommand({ HandshakeId: first.Id! })))).name).toBe(
      'AccessDeniedException',
    );
    const declined = await client.send(new DeclineHandshakeCommand({ HandshakeId: first.Id! }));
    expect(declined.Handshake!.State).toBe('DECLINED');
    const second = await inviteAccount(one.id);
    const canceled = await organizations.send(new CancelHandshakeCommand({ HandshakeId: second.Id! }));
    expect(canceled.Handshake!.State).toBe('CANCELED');
    expect((await refusal(client.send(new AcceptHandshakeCommand({ HandshakeId: second.Id! })))).name).toBe(
      'InvalidHandshakeTransitionException',
    );
    const sent = await organizations.send(new ListHandshakesForOrganizationCommand({}));
    const stateOf = (id: string) => sent.Handshakes!.find(({ Id }) => Id === id)?.State;
    expect([stateOf(first.Id!), stateOf(second.Id!)]).toEqual(['DECLINED', 'CANCELED']);
    expect((await refusal(client.send(new DescribeHandshakeCommand({ HandshakeId: 'h-00000000' })))).name).toBe(
      'HandshakeNotFoundException',
    );
  });

  it(`expires after ${INVITATION_DAYS} days and is shown for ${HANDSHAKE_SHOWN_DAYS} more`, async () => {
    const account = await standAlone();
    const { Id: HandshakeId } = await inviteAccount(account.id);
    const state = async () =>
      (await organizations.send(new DescribeHandshakeCommand({ HandshakeId }))).Handshake!.State;
    await outcrop.clock.advance(INVITATION_DAYS * DAY_MS - 1);
    expect(await state()).toBe('OPEN');
    await outcrop.clock.advance(1);
    expect(await state()).toBe('EXPIRED');
    const late = (await account.client()).send(new AcceptHandshakeCommand({ HandshakeId }));
    expect((await refusal(late)).name).toBe('InvalidHandshakeTransitionException');
    await outcrop.clock.advance(HANDSHAKE_SHOWN_DAYS * DAY_MS - 1);
    expect(await state()).toBe('EXPIRED');
    await outcrop.clock.advance(1);
    expect((await refusal(state())).name).toBe('HandshakeNotFoundException');
  });

  it('goes to an account or an address', async () => {
    for (const [Target, Reason] of [
      [{ Type: 'ORGANIZATION', Id: 'o-1234567890' }, 'INVALID_PARTY_TYPE_TARGET'],
      [{ Type: 'ACCOUNT', Id: 'someone@example.org' }, 'INVALID_PATTERN'],
      [{ Type: 'EMAIL', Id: '111122223333' }, 'INVALID_EMAIL_ADDRESS_TARGET'],
    ] as const)
      expect((await refusal(invite(Target))).Reason).toBe(Reason);
  });

  it('takes a member of one organization to another', async () => {
    const [founder, account] = [await standAlone(), await standAlone()];
    const handshake = await inviteAccount(account.id);
    await (await account.client()).send(new AcceptHandshakeCommand({ HandshakeId: handshake.Id! }));
    const other = await founder.client();
    const { Organization } = await other.send(new CreateOrganizationCommand({}));
    const Target = { Type: 'ACCOUNT', Id: account.id } as const;
    const second = await other.send(new InviteAccountToOrganizationCommand({ Target }));
    const client = await account.client();
    await client.send(new AcceptHandshakeCommand({ HandshakeId: second.Handshake!.Id! }));
    expect((await client.send(new DescribeOrganizationCommand({}))).Organization!.Id).toBe(Organization!.Id);
    expect((await refusal(organizations.send(new DescribeAccountCommand({ AccountId: account.id })))).name).toBe(
      'AccountNotFoundException',
    );
    // A management account goes nowhere.
    const third = await inviteAccount(founder.id);
    const move = other.send(new AcceptHandshakeCommand({ HandshakeId: third.Id! }));
    expect((await refusal(move)).name).toBe('MasterCannotLeaveOrganizationException');
  });
});

describe('All features', () => {
  it('are enabled once every invited member has approved and the management account has accepted', async () => {
    const account = await standAlone();
    const invitation = await inviteAccount(account.id);
    await (await account.client()).send(new AcceptHandshakeCommand({ HandshakeId: invitation.Id! }));
    const leaver = await standAlone();
    const another = await inviteAccount(leaver.id);
    await (await leaver.client()).send(new AcceptHandshakeCommand({ HandshakeId: another.Id! }));
    const { Handshake } = await organizations.send(new EnableAllFeaturesCommand({}));
    expect(Handshake).toMatchObject({
      Action: 'ENABLE_ALL_FEATURES',
      State: 'REQUESTED',
      Parties: [{ Id: organization.Id, Type: 'ORGANIZATION' }],
    });
    expect((await refusal(organizations.send(new EnableAllFeaturesCommand({})))).name).toBe(
      'HandshakeConstraintViolationException',
    );
    const spare = await refusal(inviteAccount('999999999999'));
    expect(spare.Reason).toBe('INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES');
    const finish = () => organizations.send(new AcceptHandshakeCommand({ HandshakeId: Handshake!.Id! }));
    expect((await refusal(finish())).name).toBe('InvalidHandshakeTransitionException');
    const children = await organizations.send(
      new ListHandshakesForOrganizationCommand({ Filter: { ParentHandshakeId: Handshake!.Id! } }),
    );
    expect(children.Handshakes!.length).toBeGreaterThan(1);
    // Who goes has nothing to approve any more.
    await organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId: leaver.id }));
    const left = children.Handshakes!.filter(({ Parties }) => Parties!.every(({ Id }) => Id !== leaver.id));
    expect(left).toHaveLength(children.Handshakes!.length - 1);
    for (const { Id, Action, Parties } of left) {
      expect(Action).toBe('APPROVE_ALL_FEATURES');
      const member = new OrganizationsClient(await assume(Parties!.find(({ Type }) => Type === 'ACCOUNT')!.Id!));
      await member.send(new AcceptHandshakeCommand({ HandshakeId: Id! }));
    }
    expect((await finish()).Handshake!.State).toBe('ACCEPTED');
    const { Organization } = await organizations.send(new DescribeOrganizationCommand({}));
    expect(Organization).toMatchObject({
      FeatureSet: 'ALL',
      AvailablePolicyTypes: [{ Type: 'SERVICE_CONTROL_POLICY', Status: 'ENABLED' }],
    });
    expect((await refusal(organizations.send(new EnableAllFeaturesCommand({})))).Reason).toBe(
      'ORGANIZATION_ALREADY_HAS_ALL_FEATURES',
    );
  });
});
