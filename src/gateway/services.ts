import { describeClient, type ServiceModel } from '../protocol/catalog.ts';
import { compileRoutes, type RouteTable } from '../protocol/route.ts';
import { compileValidator } from '../protocol/constraints/validate.ts';
import type { ServiceDefinition, ServiceJob } from '../kernel/service.ts';

/** One line of the manifest: what routing must know of a service before its client is loaded. */
export type ManifestEntry = {
  sdk: string;
  serviceId: string;
  signingName: string;
  /** First labels of its AWS host. */
  hostPrefix: string;
  /** Prefix of `X-Amz-Target` and service name of RPC v2 paths. */
  target?: string;
  version?: string;
  /** Whether a form with `Action=` may be for it. */
  query: boolean;
  rest: boolean;
  /** Prefix of its IAM actions. */
  iamPrefix: string;
  /** Host in CloudTrail's `eventSource`. */
  eventSource: string;
  client: () => Promise<Record<string, any>>;
  /** What is built of it. */
  service?: () => Promise<{ service: ServiceDefinition }>;
  constraints?: () => Promise<{ default: any }>;
};

export type Service = {
  entry: ManifestEntry;
  model: ServiceModel;
  definition: ServiceDefinition | undefined;
  validate: ((operation: string, input: unknown) => any[]) | undefined;
};

/** The services of a stack: loaded on their first call, each once. */
export class Services {
  readonly entries: ManifestEntry[];
  readonly #loaded = new Map<string, Promise<Service>>();
  readonly #routes = new Map<string, Promise<RouteTable>>();

  constructor(entries: ManifestEntry[]) {
    // The first of a name stands: tests put their own before the manifest's.
    this.entries = entries.filter((entry, index) => entries.findIndex(({ sdk }) => sdk === entry.sdk) === index);
  }

  entry(sdk: string): ManifestEntry | undefined {
    return this.entries.find((entry) => entry.sdk === sdk);
  }

  load(sdk: string): Promise<Service> {
    let loading = this.#loaded.get(sdk);
    if (!loading) {
      loading = this.#load(sdk);
      this.#loaded.set(sdk, loading);
      loading.catch(() => this.#loaded.delete(sdk));
    }
    return loading;
  }

  async #load(sdk: string): Promise<Service> {
    const entry = this.entry(sdk);
    if (!entry) throw new Error(`no service ${sdk}`);
    const [client, built, constraints] = await Promise.all([entry.client(), entry.service?.(), entry.constraints?.()]);
    const model = describeClient(sdk, client);
    const definition = built?.service;
    const orphan = Object.keys(definition?.operations ?? {}).find((name) => !model.operations.has(name));
    if (orphan)
      throw new Error(`src/services/${sdk} handles ${orphan}, which is no operation of @aws-sdk/client-${sdk}`);
    return { entry, model, definition, validate: constraints && compileValidator(constraints.default) };
  }

  /** One route table for all services that sign with `signingName`. */
  routes(signingName: string): Promise<RouteTable> {
    let table = this.#routes.get(signingName);
    if (!table) {
      const sharing = this.entries.filter((entry) => entry.signingName === signingName && entry.rest);
      table = Promise.all(sharing.map((entry) => this.load(entry.sdk))).then((services) =>
        compileRoutes(services.map(({ model }) => model)),
      );
      this.#routes.set(signingName, table);
      table.catch(() => this.#routes.delete(signingName));
    }
    return table;
  }

  /** The handler of a job kind `<sdk>/<what>`. */
  async jobHandler(kind: string): Promise<ServiceJob | undefined> {
    const sdk = kind.slice(0, kind.indexOf('/'));
    if (!this.entry(sdk)?.service) return undefined;
    return (await this.load(sdk)).definition?.jobs?.[kind];
  }
}
