import type { Handlers } from '../../kernel/service.ts';
import { missing, notFound } from './errors.ts';
import { checkPolicy } from './vault-policy.ts';
import { changeVault, openVault } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;

/** Sets who may do what with the vault; the policy that was there goes. */
export const SetVaultAccessPolicy: Glacier['SetVaultAccessPolicy'] = async (call, input) => {
  const accessPolicy = input.policy?.Policy;
  if (accessPolicy === undefined || accessPolicy === '') throw missing('Policy');
  await changeVault(call, input, (vault) => {
    checkPolicy(accessPolicy, vault.arn);
    return { ...vault, accessPolicy };
  });
  return {};
};

export const GetVaultAccessPolicy: Glacier['GetVaultAccessPolicy'] = async (call, input) => {
  const { accessPolicy, arn } = await openVault(call, input);
  if (accessPolicy === undefined) throw notFound(`No vault access policy is set for: ${arn}`);
  return { policy: { Policy: accessPolicy } };
};

/** Removes the policy; that there is none is no error. */
export const DeleteVaultAccessPolicy: Glacier['DeleteVaultAccessPolicy'] = async (call, input) => {
  await changeVault(call, input, ({ accessPolicy: _accessPolicy, ...rest }) => rest);
  return {};
};
