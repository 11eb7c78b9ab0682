import { outagesOf, quotasOf, replaceOutages, replaceQuotas } from '../gateway/inference.ts';
import { changeInferenceSettings, readInferenceSettings } from '../kernel/inference/settings.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Outcrop } from './api.ts';
import type { Config } from './config.ts';

/** Takes over what the configuration says of models; quotas and unit rates that it does not name stay as they were set. */
export async function configureInference({ store }: Kernel, config: Config): Promise<void> {
  const { modelAccess, quotas, modelUnits } = config;
  const before = await readInferenceSettings(store);
  const wanted = {
    modelAccess,
    ...(quotas === undefined ? {} : { quotas }),
    ...(modelUnits === undefined
      ? {}
      : { unitRates: Object.entries(modelUnits).map(([model, tokensPerMinute]) => ({ model, tokensPerMinute })) }),
  };
  if (JSON.stringify({ ...before, ...wanted }) !== JSON.stringify(before)) await changeInferenceSettings(store, wanted);
}

/** Outages and quotas, for programs that run a stack. */
export function inferenceControls(kernel: Kernel): Pick<Outcrop, 'outages' | 'quotas'> {
  return {
    outages: {
      list: () => outagesOf(kernel),
      set: (wanted) => replaceOutages(kernel, wanted),
      async add(outage) {
        const standing = (await outagesOf(kernel)).map(({ since: _since, ...rest }) => rest);
        return replaceOutages(kernel, [...standing, outage]);
      },
      async clear({ region, model } = {}) {
        const standing = await outagesOf(kernel);
        const kept = standing.filter(
          (each) => (region !== undefined && each.region !== region) || (model !== undefined && each.model !== model),
        );
        return replaceOutages(
          kernel,
          kept.map(({ since: _since, ...rest }) => rest),
        );
      },
    },
    quotas: { list: () => quotasOf(kernel), set: (wanted) => replaceQuotas(kernel, wanted) },
  };
}
