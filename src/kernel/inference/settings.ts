import { collection, type Reader, type Store } from '../store/store.ts';
import { isMeant } from './pattern.ts';

/** What an account may ask of a model by the minute. The first rule that means a call decides. */
export type QuotaRule = {
  /** Pattern of model and profile ids, as they are called: `us.anthropic.*`. Absent: all. */
  model?: string;
  /** Absent: each account by itself. */
  account?: string;
  region?: string;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
};

/** Tokens that one provisioned model unit takes in and gives out by the minute. */
export type UnitRate = {
  /** Pattern of foundation model ids. */
  model: string;
  tokensPerMinute: number;
};

/** What the stack's owner sets for the models of all accounts; in the store, so that every process goes by the same. */
export type InferenceSettings = {
  /** `agreement`: models that are sold through AWS Marketplace need an agreement by the account first. */
  modelAccess: 'open' | 'agreement';
  quotas: QuotaRule[];
  unitRates: UnitRate[];
};

const settings = collection<InferenceSettings>('kernel/inference/settings');
const KEY = ['settings'];

/**
 * What a model unit does by the minute where nothing else is set. AWS does not publish the figures ("contact your account manager"): this one
 * is ours, of an order at which a unit that is fully used costs about what its tokens cost on demand.
 */
export const UNIT_TOKENS_PER_MINUTE = 1_000_000;

const DEFAULTS: InferenceSettings = { modelAccess: 'open', quotas: [], unitRates: [] };

export async function readInferenceSettings(reader: Reader): Promise<InferenceSettings> {
  return (await reader.get(settings, KEY)) ?? DEFAULTS;
}

/** Changes what is given, and leaves the rest. */
export function changeInferenceSettings(store: Store, change: Partial<InferenceSettings>): Promise<InferenceSettings> {
  return store.transact(async (tx) => {
    const changed = { ...(await readInferenceSettings(tx)), ...change };
    tx.put(settings, KEY, changed);
    return changed;
  });
}

export function quotaOf(
  { quotas }: InferenceSettings,
  call: { id: string; account: string; region: string },
): QuotaRule | undefined {
  return quotas.find(
    ({ model, account, region }) =>
      (model === undefined || isMeant(model, call.id)) &&
      (account === undefined || account === call.account) &&
      (region === undefined || region === call.region),
  );
}

export function unitTokensPerMinute({ unitRates }: InferenceSettings, modelId: string): number {
  return unitRates.find(({ model }) => isMeant(model, modelId))?.tokensPerMinute ?? UNIT_TOKENS_PER_MINUTE;
}
