import { useSyncExternalStore } from 'react';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** A key pair, and the token of a temporary one. */
export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** Who is signed in, and where. */
export type Session = {
  credentials: Credentials;
  region: string;
  arn: string;
  account: string;
  /** ISO 8601; of temporary credentials. */
  expiration?: string;
  /** Who took on the role that this session is of. */
  base?: Session;
};

/** Of this tab, and gone with it: credentials are kept nowhere else. */
const KEY = 'outcrop.session';
const listeners = new Set<() => void>();
let current: Session | undefined = read();

function read(): Session | undefined {
  const text = sessionStorage.getItem(KEY);
  return text === null ? undefined : (JSON.parse(text) as Session);
}

function become(session: Session | undefined): void {
  current = session;
  if (session) sessionStorage.setItem(KEY, JSON.stringify(session));
  else sessionStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

/** The session, or undefined where nobody is signed in. */
export const getSession = (): Session | undefined => current;

/** The session; renders again when it changes. */
export const useSession = (): Session | undefined =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );

/** The session of a page that is shown to who has signed in. */
export function useSignedIn(): Session {
  const session = useSession();
  if (!session) throw new Error('Nobody is signed in.');
  return session;
}

/** How SDK clients are made: for this stack, by path, with a session's credentials. */
export const clientConfiguration = ({ credentials, region }: Pick<Session, 'credentials' | 'region'>) => ({
  endpoint: location.origin,
  region,
  credentials,
  forcePathStyle: true,
  maxAttempts: 1,
});

/** The account root manages the stack itself: clock, rules, calls, cost. */
export const isRoot = ({ arn }: Pick<Session, 'arn'>): boolean => arn.endsWith(':root');

/** Signs in by asking STS whose credentials these are. Rejects with STS's error, and nothing has changed. */
export async function signIn(credentials: Credentials, region: string): Promise<void> {
  const sts = new STSClient(clientConfiguration({ credentials, region }));
  const { Arn, Account } = await sts.send(new GetCallerIdentityCommand({}));
  become({ credentials, region, arn: Arn!, account: Account! });
}

/** Nobody is signed in, and what pages kept in the tab for who was is gone. */
export function signOut(): void {
  become(undefined);
  sessionStorage.clear();
}

/** Everything from now on is asked of another region. */
export function setRegion(region: string): void {
  if (current) become({ ...current, region, ...(current.base ? { base: { ...current.base, region } } : {}) });
}

/** Takes on a role, of any account, with the rights of who is signed in; rejects with STS's error. */
export async function switchRole(account: string, role: string): Promise<void> {
  const from = current?.base ?? current;
  if (!from) throw new Error('Nobody is signed in.');
  const sts = new STSClient(clientConfiguration(from));
  const name = from.arn
    .split(/[:/]/)
    .at(-1)!
    .replaceAll(/[^\w+=,.@-]/g, '-');
  const { Credentials: given, AssumedRoleUser } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${role}`, RoleSessionName: name }),
  );
  become({
    credentials: {
      accessKeyId: given!.AccessKeyId!,
      secretAccessKey: given!.SecretAccessKey!,
      sessionToken: given!.SessionToken!,
    },
    expiration: given!.Expiration!.toISOString(),
    region: from.region,
    arn: AssumedRoleUser!.Arn!,
    account,
    base: from,
  });
}

/** Back to who signed in. */
export function leaveRole(): void {
  if (current?.base) become(current.base);
}
