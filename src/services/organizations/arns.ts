import type { ActionType, PolicyType } from '@aws-sdk/client-organizations';
import { arn } from '../../kernel/resources.ts';
import { FULL_ACCESS_ID } from '../../kernel/principals/principals.ts';

/** The organization whose resources are meant. */
type Owner = { id: string; partition: string; managementAccount: string };

const make = ({ partition, managementAccount }: Owner, resource: string) =>
  arn({ partition, service: 'organizations', account: managementAccount, resource });

/** ARNs of resources of Organizations. Source: Service Authorization Reference, AWS Organizations. */
export const organizationArn = (owner: Owner) => make(owner, `organization/${owner.id}`);
export const accountArn = (owner: Owner, id: string) => make(owner, `account/${owner.id}/${id}`);
export const rootArn = (owner: Owner, id: string) => make(owner, `root/${owner.id}/${id}`);
export const unitArn = (owner: Owner, id: string) => make(owner, `ou/${owner.id}/${id}`);
export const resourcePolicyArn = (owner: Owner, id: string) => make(owner, `resourcepolicy/${owner.id}/${id}`);
export const handshakeArn = (owner: Owner, action: ActionType, id: string) =>
  make(owner, `handshake/${owner.id}/${action.toLowerCase()}/${id}`);

export const policyArn = (owner: Owner, type: PolicyType, id: string) =>
  id === FULL_ACCESS_ID
    ? arn({
        partition: owner.partition,
        service: 'organizations',
        account: 'aws',
        resource: `policy/${type.toLowerCase()}/${id}`,
      })
    : make(owner, `policy/${owner.id}/${type.toLowerCase()}/${id}`);

/** The ARN of a root, unit or account, by the form of its id. */
export const nodeArn = (owner: Owner, id: string) =>
  id.startsWith('r-') ? rootArn(owner, id) : id.startsWith('ou-') ? unitArn(owner, id) : accountArn(owner, id);
