import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ManifestEntry } from '../../src/gateway/services.ts';
import { describeClient, type ServiceModel } from '../../src/protocol/catalog.ts';

/** Every installed SDK client, served with handlers that a test sets: for proving the wire layer on services that are not built. */
const require = createRequire(import.meta.url);

export const installedClients: string[] = readdirSync('node_modules/@aws-sdk')
  .filter((name) => name.startsWith('client-'))
  .map((name) => name.slice('client-'.length))
  .sort();

export function loadClient(sdk: string): Record<string, any> {
  return require(`@aws-sdk/client-${sdk}`) as Record<string, any>;
}

export type Hand = { answer: (operation: string, input: any) => any };

/** A manifest entry whose every operation asks `hand`. */
export function serveWith(sdk: string, hand: Hand): { entry: ManifestEntry; model: ServiceModel } {
  const client = loadClient(sdk);
  const model = describeClient(sdk, client);
  const operations = Object.fromEntries(
    [...model.operations.keys()].map((name) => [name, (_call: unknown, input: unknown) => hand.answer(name, input)]),
  );
  return {
    model,
    entry: {
      sdk,
      serviceId: model.serviceId,
      signingName: model.signingName,
      hostPrefix: model.hostPrefix,
      ...(model.target ? { target: model.target } : {}),
      ...(model.version ? { version: model.version } : {}),
      query: model.protocol === 'query' || model.protocol === 'ec2' || model.awsQueryCompatible,
      rest: model.protocol.startsWith('rest'),
      iamPrefix: model.signingName,
      eventSource: `${model.signingName}.amazonaws.com`,
      client: async () => client,
      service: async () => ({ service: { sdk, operations } }),
    },
  };
}

/** The stock client of a service, and its commands by operation name. */
export function stockClient(sdk: string, options: object) {
  const client = loadClient(sdk);
  const clientClass = Object.entries(client).find(([name]) => /^\w+Client$/.test(name) && name !== '__Client')![1];
  return {
    client: new clientClass({ maxAttempts: 1, ...options }),
    command: (operation: string, input: unknown) => new client[`${operation}Command`](input),
  };
}
