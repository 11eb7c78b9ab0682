import { z } from 'zod';
import { listOutages, OUTAGES_MAX, setOutages } from '../kernel/inference/outages.ts';
import { changeInferenceSettings, readInferenceSettings, type QuotaRule } from '../kernel/inference/settings.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { WireRequest } from '../protocol/message.ts';

/** Outages of regions and quotas of models, as the stack's owner sets them. */
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not a region, e.g. us-east-1');
const pattern = z.string().min(1).max(256);
/** Rules of one stack. */
const QUOTAS_MAX = 200;

export const outageList = z.array(z.strictObject({ region, model: pattern.optional() })).max(OUTAGES_MAX);

const rate = z.number().positive().max(1e12);
export const quotaList = z
  .array(
    z
      .strictObject({
        model: pattern.optional(),
        account: z
          .string()
          .regex(/^\d{12}$/, 'an account id has 12 digits')
          .optional(),
        region: region.optional(),
        requestsPerMinute: rate.optional(),
        tokensPerMinute: rate.optional(),
      })
      .refine(
        ({ requestsPerMinute, tokensPerMinute }) => requestsPerMinute !== undefined || tokensPerMinute !== undefined,
        'a quota has requestsPerMinute, tokensPerMinute, or both',
      ),
  )
  .max(QUOTAS_MAX);

export type OutageLine = { region: string; model?: string; since: string };

/** Outages as they are shown. */
export async function outagesOf({ store }: Pick<Kernel, 'store'>): Promise<OutageLine[]> {
  return (await listOutages(store)).map(({ region: where, model, sinceMs }) => ({
    region: where,
    ...(model === undefined ? {} : { model }),
    since: new Date(sinceMs).toISOString(),
  }));
}

/** Replaces all outages. Throws ZodError. */
export async function replaceOutages(kernel: Pick<Kernel, 'store' | 'clock'>, wanted: unknown): Promise<OutageLine[]> {
  await setOutages(kernel.store, outageList.parse(wanted), kernel.clock.now());
  return outagesOf(kernel);
}

export const quotasOf = async ({ store }: Pick<Kernel, 'store'>): Promise<QuotaRule[]> =>
  (await readInferenceSettings(store)).quotas;

/** Replaces all quotas. Throws ZodError. */
export async function replaceQuotas({ store }: Pick<Kernel, 'store'>, wanted: unknown): Promise<QuotaRule[]> {
  return (await changeInferenceSettings(store, { quotas: quotaList.parse(wanted) })).quotas;
}

type Route = (request: WireRequest, body: () => Promise<any>) => Promise<unknown>;

/** `/_outcrop/outages` and `/_outcrop/quotas`. */
export function inferenceRoutes(kernel: Kernel): Record<string, Route> {
  return {
    'GET outages': async () => ({ outages: await outagesOf(kernel) }),
    'PUT outages': async (_request, body) => ({ outages: await replaceOutages(kernel, (await body()).outages) }),
    'GET quotas': async () => ({ quotas: await quotasOf(kernel) }),
    'PUT quotas': async (_request, body) => ({ quotas: await replaceQuotas(kernel, (await body()).quotas) }),
  };
}
