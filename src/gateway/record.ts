import { identityArn } from '../kernel/principals/principal.ts';
import { regionOfCall } from '../kernel/resources.ts';
import type { Outcome, TrailRule } from '../kernel/service.ts';
import { foreignIdentity, userIdentity } from '../kernel/trail/identity.ts';
import { additionalOf } from '../kernel/trail/additional.ts';
import { isReadOnly } from '../kernel/trail/read-only.ts';
import type { RecordDraft } from '../kernel/trail/record.ts';
import { recordResources } from '../kernel/trail/resources.ts';
import type { Use } from '../kernel/trail/usage.ts';
import type { Exchange, Step } from './exchange.ts';
import { keptCall } from './calls/kept.ts';
import { parametersOf, tells } from './parameters.ts';
import type { House } from './house.ts';
import { modelOf } from './rules/subject.ts';

/** Characters of an error message, a user agent. Source: CloudTrail User Guide, "Record contents". */
const TEXT_MAX = 1024;
/** Characters of a model's id on a line of the recent calls. */
const MODEL_MAX = 256;
/** S3's events that go by an older name than the operation. Source: Amazon S3 User Guide, "Amazon S3 CloudTrail events". */
const S3_NAMES: Readonly<Record<string, string>> = {
  GetBucketLifecycleConfiguration: 'GetBucketLifecycle',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  ListObjectsV2: 'ListObjects',
  PutBucketLifecycleConfiguration: 'PutBucketLifecycle',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
};

/** The call, on the record: once, after the last byte. */
export function record({ kernel }: House): Step {
  return (exchange) => {
    const { service, operation, principal, error } = exchange;
    const durationUs = Math.round(performance.now() * 1000 - exchange.startedUs);
    const status = exchange.response?.status ?? 500;
    const answer = answerHeader(exchange);
    const timeMs = kernel.clock.now();
    const kept = safely(exchange, { kernel }, undefined, () => keptCall(exchange, durationUs, timeMs));
    const model = modelOf(exchange.input);
    const allowed = kernel.reasons.allowed(exchange.requestId);
    kernel.trail.note(
      {
        requestId: exchange.requestId,
        timeMs,
        service: service?.model.sdk ?? 'unknown',
        operation: operation?.name ?? `${exchange.request.method} ${exchange.request.rawPath.slice(0, 200)}`,
        ...(model === undefined ? {} : { model: model.slice(0, MODEL_MAX) }),
        principal: principal?.arn ?? 'unknown',
        region: exchange.region,
        status,
        durationUs,
        ...(error ? { error: error.name, errorMessage: kept?.errorMessage ?? error.name } : {}),
        ...(answer === undefined ? {} : { answer }),
        ...(exchange.rule === undefined ? {} : { rule: exchange.rule }),
        ...(exchange.usd === undefined ? {} : { usd: exchange.usd }),
        ...(allowed === undefined ? {} : { allowed }),
      },
      operation && principal ? safely(exchange, { kernel }, [], () => draftsOf(exchange, { kernel })) : [],
      operation && principal ? useOf(exchange) : undefined,
      kept && { value: kept.kept, bytes: kept.bytes },
    );
    const { ended } = service?.definition ?? {};
    if (!ended || !exchange.call) return;
    void ended(exchange.call, outcomeOf(exchange, status, durationUs)).catch((reason: unknown) =>
      kernel.log.error({ err: reason, requestId: exchange.requestId }, 'what follows a call failed'),
    );
  };
}

/** The answer has left: nothing that is wrong with its record may undo it. */
function safely<T>(exchange: Exchange, { kernel }: Pick<House, 'kernel'>, otherwise: T, make: () => T): T {
  try {
    return make();
  } catch (error) {
    kernel.log.error({ err: error, requestId: exchange.requestId }, 'a call could not be put on the record');
    return otherwise;
  }
}

/** A record for each account that the call bears on: the caller's first. */
function draftsOf(exchange: Exchange, { kernel }: Pick<House, 'kernel'>): RecordDraft[] {
  const isData = exchange.service!.definition?.dataEvents?.has(exchange.operation!.name) === true;
  const accounts = accountsOf(exchange, kernel.accountId);
  const wanted = isData ? accounts.filter((account) => kernel.trail.wantsData(account)) : accounts;
  if (wanted.length === 0) return [];
  const sharedEventID = accounts.length > 1 ? { sharedEventID: kernel.ids.uuid() } : {};
  const common = commonOf(exchange, isData, accounts.at(-1)!);
  const { principal, invokedBy } = exchange;
  const own = ownIdentity(exchange);
  const isOwn = (account: string) => principal!.type === 'anonymous' || account === principal!.account;
  return wanted.map((account) => ({
    ...common,
    userIdentity: isOwn(account) ? own : foreignIdentity(principal!, invokedBy),
    recipientAccountId: account,
    ...sharedEventID,
  }));
}

/** The caller's account, then those that own what it asked for; of a call that was denied its caller's alone hears. */
function accountsOf({ principal, owners, error, output }: Exchange, ownAccount: string): string[] {
  const accounts = new Set<string>();
  if (principal!.type !== 'anonymous') accounts.add(principal!.account);
  else {
    const roleArn = (output?.['AssumedRoleUser'] as { Arn?: string } | undefined)?.Arn;
    if (roleArn !== undefined) accounts.add(roleArn.split(':')[4]!);
  }
  if (accounts.size === 0 || !isDenial(error)) for (const owner of owners ?? []) accounts.add(owner);
  if (accounts.size === 0) accounts.add(ownAccount);
  return [...accounts];
}

const isDenial = (error: Exchange['error']) =>
  error?.name === 'AccessDenied' || error?.name === 'AccessDeniedException';

function commonOf(exchange: Exchange, isData: boolean, owner: string): Omit<RecordDraft, 'recipientAccountId'> {
  const { service, operation, input, output, error, access, request, tls } = exchange;
  const { eventSource } = service!.entry;
  const isS3 = service!.model.sdk === 's3';
  const rule = (service!.definition?.trail as Record<string, TrailRule> | undefined)?.[operation!.name];
  const eventName = (isS3 && S3_NAMES[operation!.name]) || operation!.name;
  const readOnly = rule?.readOnly ?? isReadOnly(eventSource, operation!.name);
  const requestParameters = parametersOf(operation!, 'input', input, { only: rule?.request, s3: isS3 });
  const additional = isS3 ? transferOf(exchange) : additionalOf(exchange.call);
  const responds = error === undefined && (!readOnly || rule?.response !== undefined);
  const responseElements = responds
    ? parametersOf(operation!, 'output', output, { only: rule?.response, s3: isS3 })
    : null;
  const resources = recordResources(
    (access ?? []).map(({ resource }) => resource),
    owner,
  );
  return {
    eventSource,
    eventName,
    awsRegion: regionOf(exchange),
    sourceIPAddress: exchange.ip,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, TEXT_MAX),
    ...(error ? errorOf(error, input, requestParameters) : {}),
    ...(requestParameters === undefined ? {} : { requestParameters: withHost(exchange, requestParameters) }),
    ...(responseElements === undefined ? {} : { responseElements }),
    ...(additional ? { additionalEventData: additional } : {}),
    requestID: exchange.requestId,
    readOnly,
    ...(resources.length === 0 ? {} : { resources }),
    eventType: 'AwsApiCall',
    managementEvent: !isData,
    eventCategory: isData ? 'Data' : 'Management',
    ...(tls
      ? { tlsDetails: { tlsVersion: tls.version, cipherSuite: tls.cipher, clientProvidedHostHeader: request.host } }
      : {}),
  };
}

function regionOf({ service, region }: Exchange): string {
  return regionOfCall({ service: service!.entry.sdk, region });
}

/** AWS's front ends all record a denied call under one code, whatever the service answers. */
function errorOf(
  error: NonNullable<Exchange['error']>,
  input: unknown,
  shown: unknown,
): Pick<RecordDraft, 'errorCode' | 'errorMessage'> {
  const errorCode = isDenial(error) ? 'AccessDenied' : error.name;
  const errorMessage = tells(error.message, input, shown) ? 'HIDDEN_DUE_TO_SECURITY_REASONS' : error.message;
  return { errorCode, errorMessage: errorMessage.slice(0, TEXT_MAX) };
}

/** S3's parameters have the host, and the query parameters that tell its operations apart. */
function withHost({ service, operation, request }: Exchange, parameters: Record<string, unknown> | null): unknown {
  if (service!.model.sdk !== 's3') return parameters;
  return { ...parameters, Host: request.host, ...Object.fromEntries(operation!.http?.query ?? []) };
}

function transferOf({ auth, request, response }: Exchange): Record<string, unknown> {
  const bytes = (value: string | undefined) => Number(value ?? 0) || 0;
  return {
    ...(auth === undefined
      ? {}
      : { SignatureVersion: 'SigV4', AuthenticationMethod: auth.presigned ? 'QueryString' : 'AuthHeader' }),
    bytesTransferredIn: bytes(request.headers['x-amz-decoded-content-length'] ?? request.headers['content-length']),
    bytesTransferredOut: bytes(response?.headers['content-length']),
  };
}

/** Who called, in the caller's own account; those whom an outside provider vouches for are known by what they were given. */
function ownIdentity({ principal, auth, invokedBy, operation, output }: Exchange): Record<string, unknown> {
  if (principal!.type === 'anonymous' && operation!.anonymous) {
    const { Provider, SubjectFromWebIdentityToken, Subject, Audience, Issuer } = (output ?? {}) as Record<
      string,
      string
    >;
    if (operation!.name === 'AssumeRoleWithWebIdentity')
      return {
        type: 'WebIdentityUser',
        ...(SubjectFromWebIdentityToken === undefined
          ? {}
          : {
              principalId: `${Provider}:${Audience}:${SubjectFromWebIdentityToken}`,
              userName: SubjectFromWebIdentityToken,
              identityProvider: Provider,
            }),
      };
    if (operation!.name === 'AssumeRoleWithSAML')
      return {
        type: 'SAMLUser',
        ...(Subject === undefined ? {} : { principalId: Subject, userName: Subject, identityProvider: Issuer }),
      };
  }
  const accessKeyId = auth?.credential.accessKeyId;
  return userIdentity(principal!, {
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(invokedBy === undefined ? {} : { invokedBy }),
  });
}

/** Of whom, and for what, the call is a use: identities of the account, whether they were let in or not. */
function useOf(exchange: Exchange): Omit<Use, 'timeMs'> | undefined {
  const { principal, auth, access, service, operation } = exchange;
  if (principal!.type === 'anonymous' || principal!.type === 'service') return undefined;
  const [prefix, action] = access?.[0]?.action.split(':') ?? [service!.entry.iamPrefix, operation!.name];
  const accessKeyId = auth?.credential.accessKeyId;
  return {
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    account: principal!.account,
    identityArn: identityArn(principal!),
    service: prefix!,
    action: action ?? operation!.name,
    region: regionOf(exchange),
  };
}

/** A presigned URL is a credential as long as it lasts, and logs are read by others: its signature and token are left out of them. */
const withoutSecrets = (query: string) =>
  query.replace(/(?<=^|&)(X-Amz-Signature|X-Amz-Security-Token|x-amz-security-token|Signature)=[^&]*/g, '$1=REDACTED');

function outcomeOf(exchange: Exchange, status: number, durationUs: number): Outcome {
  const { request, response, auth, error, input } = exchange;
  const { body } = response ?? {};
  const length = response?.headers['content-length'];
  const whole = typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : undefined;
  const bytesSent = request.method === 'HEAD' ? 0 : (whole ?? (length === undefined ? undefined : Number(length)));
  return {
    ...(input ? { input } : {}),
    method: request.method,
    target: request.rawQuery === '' ? request.rawPath : `${request.rawPath}?${withoutSecrets(request.rawQuery)}`,
    headers: request.headers,
    ...(auth ? { signature: auth.presigned ? 'query' : 'header' } : {}),
    status,
    ...(error ? { error: error.name } : {}),
    ...(bytesSent === undefined ? {} : { bytesSent }),
    durationUs,
  };
}

/** `computed; engine=…; version=…`, `declared; rule=…`, `replayed; cassette=…; entry=…`: how an answer came about. */
export function answerHeader({
  answered,
  rule,
  faulted,
}: Pick<Exchange, 'answered' | 'rule' | 'faulted'>): string | undefined {
  const { kind, engine, version, cassette, entry }: Partial<NonNullable<Exchange['answered']>> = answered ?? {};
  if (kind === undefined && !faulted) return undefined;
  const parts = Object.entries({ cassette: cassette && encodeURI(cassette), entry, rule, engine, version });
  const told = parts.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}=${value}`);
  return [faulted ? 'faulted' : kind, ...told].join('; ');
}
