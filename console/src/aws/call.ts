import { useCallback, useEffect } from 'react';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { MiddlewareStack } from '@smithy/types';
import { noteCall, recordCall } from './history.ts';
import { clientConfiguration, useSignedIn, type Session } from './session.ts';

/** Any client of the SDK, and any of its commands. */
type Client = {
  config: { serviceId?: string };
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
  destroy(): void;
};
// The configuration is each client's own type.
type ClientClass<C extends Client = Client> = new (configuration: any) => C;
type CommandClass = abstract new (...given: any[]) => { input: object; middlewareStack: MiddlewareStack<any, any> };
type Input<K extends CommandClass> = InstanceType<K>['input'];
type Output<K extends CommandClass> =
  InstanceType<K>['middlewareStack'] extends MiddlewareStack<any, infer O> ? O : never;

const clients = new WeakMap<Session, Map<ClientClass, Client>>();

/** The client for a session, made once. For what no command does: presigned addresses, uploads, streams. */
export function clientOf<C extends Client>(session: Session, of: ClientClass<C>): C {
  let ofSession = clients.get(session);
  if (!ofSession) clients.set(session, (ofSession = new Map()));
  let client = ofSession.get(of) as C | undefined;
  if (!client) ofSession.set(of, (client = new of(clientConfiguration(session))));
  return client;
}

/** The client of who is signed in. */
export const useClient = <C extends Client>(of: ClientClass<C>): C => clientOf(useSignedIn(), of);

const made = <K extends CommandClass>(Command: K, input: Input<K>): object =>
  new (Command as unknown as new (input: object) => object)(input);

/** `ListBucketsCommand` → `ListBuckets`: from the SDK's schema, for a build gives classes other names. */
const operationOf = (command: object): string => (command as { schema: [unknown, unknown, string] }).schema[2];

/** Sends a command, and remembers it for "Show code". Rejects with the service's error. */
export function send<K extends CommandClass>(
  client: Client,
  Command: K,
  input: Input<K>,
  abortSignal?: AbortSignal,
): Promise<Output<K>> {
  const command = made(Command, input);
  recordCall({
    serviceId: client.config.serviceId ?? '',
    operation: operationOf(command),
    input: input as Record<string, unknown>,
  });
  return client.send(command as never, abortSignal ? { abortSignal } : {}) as Promise<Output<K>>;
}

/** A page that shows what it knew already shows its code as well. Returns the operation's name. */
function useNoted<K extends CommandClass>(client: Client, Command: K, input: Input<K> | undefined): string {
  const operation = operationOf(made(Command, input ?? ({} as Input<K>)));
  useEffect(() => {
    if (input !== undefined)
      noteCall({ serviceId: client.config.serviceId ?? '', operation, input: input as Record<string, unknown> });
  });
  return operation;
}

export type CallOptions = {
  /** Asked again after so many milliseconds, while the page is open. */
  refetchMs?: number;
};

/**
 * What an operation answers, for who is signed in: asked once, kept while its page is open, given up when the page is left. An absent input
 * asks nothing yet. Stale after `useRefresh`.
 */
export function useCall<K extends CommandClass>(
  of: ClientClass,
  Command: K,
  input: Input<K> | undefined,
  { refetchMs }: CallOptions = {},
): UseQueryResult<Output<K>> {
  const session = useSignedIn();
  const client = clientOf(session, of);
  const operation = useNoted(client, Command, input);
  return useQuery({
    queryKey: [session.arn, session.region, client.config.serviceId, operation, input],
    queryFn: ({ signal }) => send(client, Command, input!, signal),
    enabled: input !== undefined,
    ...(refetchMs === undefined ? {} : { refetchInterval: refetchMs }),
  });
}

/**
 * All pages of a list, read one after another. `token` names the member that carries on, in input and output.
 * Rejects with the service's error; gives up when the page is left.
 */
export function useAllPages<K extends CommandClass, Item>(
  of: ClientClass,
  Command: K,
  input: Input<K> | undefined,
  {
    items,
    input: tokenIn,
    output: tokenOut,
    refetchMs,
  }: {
    items: (page: Output<K>) => Item[] | undefined;
    /** Member of the input: `nextToken`. */
    input: string;
    /** Member of the output, where another: `NextMarker`. */
    output?: string;
    refetchMs?: number;
  },
): UseQueryResult<Item[]> {
  const session = useSignedIn();
  const client = clientOf(session, of);
  const operation = useNoted(client, Command, input);
  return useQuery({
    queryKey: [session.arn, session.region, client.config.serviceId, operation, 'all', input],
    queryFn: async ({ signal }) => {
      const found: Item[] = [];
      let token: unknown;
      do {
        const page = await send(
          client,
          Command,
          { ...input!, ...(token === undefined ? {} : { [tokenIn]: token }) },
          signal,
        );
        found.push(...(items(page) ?? []));
        token = (page as Record<string, unknown>)[tokenOut ?? tokenIn];
      } while (token !== undefined && token !== '' && token !== null);
      return found;
    },
    enabled: input !== undefined,
    ...(refetchMs === undefined ? {} : { refetchInterval: refetchMs }),
  });
}

/** Sends commands of a client: `const send = useSend(S3Client); await send(CreateBucketCommand, { Bucket })`. */
export function useSend(of: ClientClass) {
  const client = useClient(of);
  return useCallback(
    <K extends CommandClass>(Command: K, input: Input<K>, signal?: AbortSignal) => send(client, Command, input, signal),
    [client],
  );
}

/** What was read is asked again: after a change, or when somebody wants to know. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries(), [queries]);
}
