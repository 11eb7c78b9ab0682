/** Managed policies of AWS, by ARN. */
export type AwsManagedPolicy = {
  arn: string;
  name: string;
  path: string;
  id: string;
  description: string;
  document: string;
  defaultVersionId: string;
  createdAtMs: number;
  updatedAtMs: number;
};

const allow = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

const list: AwsManagedPolicy[] = [
  {
    arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    name: 'AdministratorAccess',
    path: '/',
    id: 'ANPAIWMBCKSKIEE64ZLYK',
    description: 'Provides full access to AWS services and resources.',
    document: allow('*'),
    defaultVersionId: 'v1',
    createdAtMs: 1_423_247_986_000,
    updatedAtMs: 1_423_247_986_000,
  },
];

const byArn = new Map(list.map((policy) => [policy.arn, policy]));

export function managedByAws(arn: string): AwsManagedPolicy | undefined {
  return byArn.get(arn);
}

/** All of them, by ARN. */
export function awsManagedPolicies(): readonly AwsManagedPolicy[] {
  return list;
}
