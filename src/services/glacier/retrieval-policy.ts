import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { invalid, missing, policyEnforced } from './errors.ts';
import { FREE_RETRIEVAL_BYTES, MINUTE_MS } from './limits.ts';
import { retrievalPolicies, retrievalUse, type DataRetrievalRule } from './records.ts';
import { checkAccount } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;

const NO_LIMIT: DataRetrievalRule = { strategy: 'None' };
const MINUTES_OF_HOUR = 60;

/** The account's policy in the region; no limit is the default. */
export const GetDataRetrievalPolicy: Glacier['GetDataRetrievalPolicy'] = async (call, input) => {
  checkAccount(call, input.accountId);
  const rule = (await call.kernel.store.get(retrievalPolicies, [call.account, call.region])) ?? NO_LIMIT;
  const { strategy: Strategy, bytesPerHour: BytesPerHour } = rule;
  return { Policy: { Rules: [{ Strategy, ...(BytesPerHour === undefined ? {} : { BytesPerHour }) }] } };
};

export const SetDataRetrievalPolicy: Glacier['SetDataRetrievalPolicy'] = async (call, input) => {
  checkAccount(call, input.accountId);
  const rules = input.Policy?.Rules;
  if (!rules) throw missing('Policy');
  const [rule] = rules;
  if (!rule || rules.length !== 1) throw invalid('Invalid policy: there must be exactly one rule');
  const read = readRule(rule);
  await call.kernel.store.transact((tx) => tx.put(retrievalPolicies, [call.account, call.region], read));
  return {};
};

function readRule({
  Strategy: strategy,
  BytesPerHour: bytesPerHour,
}: {
  Strategy?: string | undefined;
  BytesPerHour?: number | undefined;
}): DataRetrievalRule {
  if (strategy === undefined) throw missing('Strategy');
  if (strategy !== 'BytesPerHour' && strategy !== 'FreeTier' && strategy !== 'None')
    throw invalid(`Invalid strategy: ${strategy}. Valid values are BytesPerHour, FreeTier and None`);
  if (strategy !== 'BytesPerHour') {
    if (bytesPerHour !== undefined) throw invalid(`BytesPerHour cannot be set with the strategy ${strategy}`);
    return { strategy };
  }
  if (bytesPerHour === undefined) throw missing('BytesPerHour');
  if (!Number.isSafeInteger(bytesPerHour) || bytesPerHour < 1) throw invalid(`Invalid BytesPerHour: ${bytesPerHour}`);
  return { strategy, bytesPerHour };
}

/**
 * Counts a Standard retrieval, or throws PolicyEnforcedException when the account's policy does not let it begin: by the bytes whose
 * retrieval has begun in the hour, and in the month.
 */
export async function admitRetrieval(call: Call, tx: Transaction, bytes: number): Promise<void> {
  const key = [call.account, call.region];
  const now = call.kernel.clock.now();
  const month = new Date(now).toISOString().slice(0, 7);
  const minute = Math.floor(now / MINUTE_MS);
  const known = await tx.get(retrievalUse, key);
  const minutes = (known?.minutes ?? []).filter((entry) => entry.minute > minute - MINUTES_OF_HOUR);
  const inMonth = (known?.month === month ? known.bytes : 0) + bytes;
  const inHour = minutes.reduce((sum, entry) => sum + entry.bytes, bytes);
  const { strategy, bytesPerHour = Infinity } = (await tx.get(retrievalPolicies, key)) ?? NO_LIMIT;
  const isRefused =
    (strategy === 'BytesPerHour' && inHour > bytesPerHour) ||
    (strategy === 'FreeTier' && inMonth > FREE_RETRIEVAL_BYTES);
  if (isRefused) throw policyEnforced('InitiateJob request denied by current data retrieval policy.');
  const last = minutes.at(-1);
  if (last?.minute === minute) last.bytes += bytes;
  else minutes.push({ minute, bytes });
  tx.put(retrievalUse, key, { month, bytes: inMonth, minutes });
}
