import type { Handlers } from '../../kernel/service.ts';
import { collection, type Reader } from '../../kernel/store/store.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** Which version of tokens an account wants from the global endpoint of STS; by account. */
const versions = collection<1 | 2>('iam/global-endpoint-token-version');

/** AWS's accounts begin with version 1. Source: IAM User Guide, "Manage AWS STS in an AWS Region". */
export const tokenVersionOf = async (reader: Reader, account: string): Promise<1 | 2> =>
  (await reader.get(versions, [account])) ?? 1;

/** Kept and told of in the account's summary. Tokens of this stack are good in every region, whichever it is. */
export const SetSecurityTokenServicePreferences: Iam['SetSecurityTokenServicePreferences'] = async (call, input) => {
  const version = input.GlobalEndpointTokenVersion === 'v2Token' ? 2 : 1;
  await call.kernel.store.transact((tx) => tx.put(versions, [call.account], version));
  return {};
};
