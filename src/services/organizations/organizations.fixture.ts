import {
  CreateOrganizationCommand,
  CreateOrganizationalUnitCommand,
  CreatePolicyCommand,
  ListRootsCommand,
  OrganizationsClient,
  type OrganizationFeatureSet,
  type PolicyType,
} from '@aws-sdk/client-organizations';
import { accountsOf } from '../../../tests/accounts.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

/** A stack with a frozen clock, and what the tests of this service do over and over. */
export async function openOrganizations(name: string, frozenAt = '2032-03-01T09:00:00Z') {
  const random = generator(testSeed(`organizations ${name}`));
  const outcrop = await startForTests({ clock: { frozenAt: new Date(frozenAt) } });
  const organizations = new OrganizationsClient(outcrop.clients);
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  let serial = 0;
  const unique = (prefix: string) => `${prefix}-${serial++}-${integer(1, 1e9)}`;
  const rootId = async () => (await organizations.send(new ListRootsCommand({}))).Roots![0]!.Id!;
  return {
    outcrop,
    organizations,
    integer,
    unique,
    ...accountsOf(outcrop),
    nowMs: () => outcrop.clock.now().getTime(),
    async createOrganization(FeatureSet?: OrganizationFeatureSet) {
      const command = new CreateOrganizationCommand(FeatureSet ? { FeatureSet } : {});
      const { Organization } = await organizations.send(command);
      return { organization: Organization!, rootId: await rootId() };
    },
    async createUnit(ParentId: string, Name = unique('unit')): Promise<string> {
      const { OrganizationalUnit } = await organizations.send(new CreateOrganizationalUnitCommand({ ParentId, Name }));
      return OrganizationalUnit!.Id!;
    },
    async createPolicy(content: unknown, Type: PolicyType = 'SERVICE_CONTROL_POLICY'): Promise<string> {
      const Content = typeof content === 'string' ? content : JSON.stringify(content);
      const { Policy } = await organizations.send(
        new CreatePolicyCommand({ Content, Description: '', Name: unique('policy'), Type }),
      );
      return Policy!.PolicySummary!.Id!;
    },
  };
}

/** The name, message and reason a call is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<{ name: string; message: string; Reason?: string }> {
  try {
    await promise;
  } catch (error) {
    const { name, message, Reason } = error as Error & { Reason?: string };
    return { name, message, ...(Reason === undefined ? {} : { Reason }) };
  }
  throw new Error('the call was not refused');
}

/** Every page of a list. */
export async function everyPage<T>(
  list: (NextToken: string | undefined) => Promise<{ items: T[] | undefined; NextToken?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, NextToken } = await list(token);
    all.push(...(items ?? []));
    token = NextToken;
  } while (token !== undefined);
  return all;
}
