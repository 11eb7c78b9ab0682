import type { Call } from '../../kernel/call.ts';
import { SERVICE } from './encryption.ts';
import { invalid, said } from './errors.ts';
import { SECRET_PREFIX } from './names.ts';
import { ParameterNotFound, type Parameter } from '@aws-sdk/client-ssm';

/** Secrets of Secrets Manager by parameter names. Source: User Guide, "Referencing AWS Secrets Manager secrets from Parameter Store parameters". */
export const isSecretReference = (name: string) => name.startsWith(SECRET_PREFIX);

type SecretValue = {
  ARN: string;
  Name: string;
  VersionId: string;
  SecretString?: string;
  SecretBinary?: Uint8Array;
  VersionStages: string[];
  CreatedDate: Date;
};

/**
 * The secret that a name refers to, read in the caller's name. After a colon there may be a version id or a label.
 * Throws ValidationException, ParameterNotFound, and what Secrets Manager refuses.
 */
export async function readSecret(call: Call, name: string, withDecryption: boolean | undefined): Promise<Parameter> {
  if (withDecryption !== true)
    throw invalid('WithDecryption flag must be True for retrieving a Secret Manager secret.');
  const [id = '', selector] = name.slice(SECRET_PREFIX.length).split(':');
  const which =
    selector === undefined ? {} : VERSION_ID.test(selector) ? { VersionId: selector } : { VersionStage: selector };
  let secret: SecretValue;
  try {
    secret = await call.kernel.calls.send<SecretValue>({
      service: 'secrets-manager',
      operation: 'GetSecretValue',
      input: { SecretId: id, ...which },
      principal: call.principal,
      region: call.region,
      invokedBy: SERVICE,
      via: call.via,
      source: call.source,
      signal: call.signal,
    });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error;
    throw new ParameterNotFound(
      said(
        `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name.replace(/^\//, '')} not found.`,
      ),
    );
  }
  const { SecretBinary: binary, CreatedDate: created, ...rest } = secret;
  const value = rest.SecretString ?? Buffer.from(binary!).toString('base64');
  const result = { ...rest, ...(binary ? { SecretBinary: value } : {}), CreatedDate: created.getTime() / 1000 };
  return {
    Name: name,
    Type: 'SecureString',
    Value: value,
    Version: 0,
    SourceResult: JSON.stringify(result),
    LastModifiedDate: created,
    ARN: secret.ARN,
    DataType: 'text',
  };
}

/** What tells a version id from a label: it is 32 characters long at least, and a UUID as a rule. */
const VERSION_ID = /^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/;
