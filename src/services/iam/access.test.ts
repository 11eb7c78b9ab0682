import { CreateUserCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { loadActions } from '../../engines/policy/policy.ts';
import { openIam } from './iam.fixture.ts';
import { service } from './index.ts';

const { iam, fresh, integer } = await openIam('access');

describe('Every operation', () => {
  it('is an action that AWS has, and is asked for on what it stands on', async () => {
    const actions = await loadActions();
    for (const operation of Object.keys(service.operations)) {
      const action = actions.find(`iam:${operation}`);
      expect(action?.name, operation).toBe(`iam:${operation}`);
      const standsOnSomething = action!.resources.some(({ required }) => required);
      if (standsOnSomething) expect(Object.keys(service.access!), operation).toContain(operation);
    }
  });
});

describe('Many at once', () => {
  it('make users of different names all, and of one name one', async () => {
    const prefix = fresh('many');
    const Path = `/${prefix}/`;
    const count = integer(30, 60);
    const names = Array.from({ length: count }, (_, i) => `${prefix}-${i % (count - 10)}`);
    const made = await Promise.allSettled(names.map((UserName) => iam.send(new CreateUserCommand({ UserName, Path }))));
    const refused = made.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).name] : []));
    expect(refused).toEqual(Array.from({ length: 10 }, () => 'EntityAlreadyExistsException'));
    const { Users } = await iam.send(new ListUsersCommand({ PathPrefix: Path, MaxItems: 1000 }));
    expect(new Set(Users!.map(({ UserName }) => UserName))).toEqual(new Set(names));
  });
});
