import type { DataRetentionMode } from '@aws-sdk/client-bedrock';
import type { Handlers } from '../../kernel/service.ts';
import { collection } from '../../kernel/store/store.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** What an account lets AWS and model providers keep. Keyed by account and region. */
const retentions = collection<{ mode: DataRetentionMode; updatedAtMs: number }>('bedrock/data-retention');

/** The mode, and when it was set; `default` where it never was. */
export const GetAccountDataRetention: Bedrock['GetAccountDataRetention'] = async (call) => {
  const found = await call.kernel.store.get(retentions, [call.account, call.region]);
  return found ? { mode: found.mode, updatedAt: new Date(found.updatedAtMs) } : { mode: 'default' };
};

/** Sets the mode. Nothing that goes through this stack is kept for anybody in any of them. */
export const PutAccountDataRetention: Bedrock['PutAccountDataRetention'] = async (call, { mode }) => {
  const updatedAtMs = call.kernel.clock.now();
  await call.kernel.store.transact((tx) =>
    tx.put(retentions, [call.account, call.region], { mode: mode!, updatedAtMs }),
  );
  return { mode: mode!, updatedAt: new Date(updatedAtMs) };
};
