import type { Services } from './services.ts';

export type Coverage = { services: { sdk: string; name: string; built: string[]; unbuilt: string[] }[] };

/** What is built: derived from the operation tables themselves, so that it cannot be wrong. Loads every service. */
export async function coverage(services: Services): Promise<Coverage> {
  const out: Coverage['services'] = [];
  for (const entry of services.entries) {
    const { model, definition } = await services.load(entry.sdk);
    const names = [...model.operations.keys()].sort();
    const built = names.filter((name) => name in (definition?.operations ?? {}));
    out.push({ sdk: entry.sdk, name: entry.serviceId, built, unbuilt: names.filter((name) => !built.includes(name)) });
  }
  return { services: out };
}
