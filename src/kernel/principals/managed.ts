import { createHash } from 'node:crypto';
import data from './managed-policies.json' with { type: 'json' };

/** Managed policies of AWS. Source: AWS Managed Policy Reference; which documents are AWS's own word for word: `docs/services/iam.md`. */
export type AwsManagedPolicy = {
  arn: string;
  name: string;
  /** `/`, `/service-role/` */
  path: string;
  id: string;
  description: string;
  document: string;
  defaultVersionId: string;
  createdAtMs: number;
  updatedAtMs: number;
};

/** As the file has them: when they were made, and their ids, AWS does not publish. */
type Written = {
  name: string;
  path?: string;
  version: string;
  updated: string;
  description: string;
  statements: unknown[];
};

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID_LENGTH = 17;

/** The same id in every stack. */
const idOf = (arn: string) =>
  `ANPA${Array.from(createHash('sha256').update(arn).digest().subarray(0, ID_LENGTH), (byte) => ID_ALPHABET[byte % 32]).join('')}`;

const list: readonly AwsManagedPolicy[] = (data as Written[])
  .map(({ name, path = '/', version, updated, description, statements }) => {
    const arn = `arn:aws:iam::aws:policy${path}${name}`;
    const updatedAtMs = Date.parse(updated);
    return {
      arn,
      name,
      path,
      id: idOf(arn),
      description,
      document: JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 4),
      defaultVersionId: version,
      createdAtMs: updatedAtMs,
      updatedAtMs,
    };
  })
  .sort((a, b) => (a.arn < b.arn ? -1 : 1));

const byArn = new Map(list.map((policy) => [policy.arn, policy]));

export function managedByAws(arn: string): AwsManagedPolicy | undefined {
  return byArn.get(arn);
}

/** All of them, by ARN. */
export function awsManagedPolicies(): readonly AwsManagedPolicy[] {
  return list;
}
