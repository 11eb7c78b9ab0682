import { GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { identities } from '../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

export { ACCOUNT, allow, policy as documentOf, refusal, trust as trustOf } from '../../../tests/identities.ts';

/** A stack with a frozen clock, and what the tests of this service do over and over. */
export async function openIam(name: string, frozenAt = '2031-05-05T12:00:00Z') {
  const random = generator(testSeed(`iam ${name}`));
  const outcrop = await startForTests({ clock: { frozenAt: new Date(frozenAt) } });
  // The SDK takes exceeded quotas for throttling, and asks again.
  const iam = new IAMClient({ ...outcrop.clients, maxAttempts: 1 });
  const { user: makeUser } = identities(outcrop);
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  let serial = 0;
  return {
    random,
    outcrop,
    iam,
    integer,
    pick: <T>(list: readonly T[]): T => list[integer(0, list.length - 1)]!,
    /** A name that no other test has. */
    fresh: (prefix: string) => `${prefix}-${serial++}-${integer(1, 1e9)}`,
    nowMs: () => outcrop.clock.now().getTime(),
    /** A user with a key of its own, what it may, and the settings of clients that sign as it. */
    async actor(UserName: string, policy?: string) {
      const { clients } = await makeUser(UserName, policy);
      const { User } = await iam.send(new GetUserCommand({ UserName }));
      return { user: User!, clients };
    },
  };
}
