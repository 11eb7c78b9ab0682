import { accounts } from '../../kernel/principals/records.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { emails } from './records.ts';

/**
 * Name and e-mail address of an account. The account that the stack is configured with was opened by nobody: it has an address that
 * cannot be anyone's (RFC 2606).
 */
export async function profileOf(reader: Reader, account: string): Promise<{ name: string; email: string }> {
  const known = await reader.get(accounts, [account]);
  return {
    name: known?.name ?? `Account ${account}`,
    email: known?.email ?? `root+${account}@example.com`,
  };
}

/** The account an address belongs to. */
export async function accountOfEmail(reader: Reader, email: string): Promise<string | undefined> {
  const address = email.toLowerCase();
  const built = /^root\+(\d{12})@example\.com$/.exec(address)?.[1];
  return (await reader.get(emails, [address])) ?? built;
}
