/** Managed policies of AWS, by ARN. */
export type AwsManagedPolicy = { arn: string; name: string; path: string; document: string; description: string };

const allow = (...Action: string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

const list: AwsManagedPolicy[] = [
  {
    arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    name: 'AdministratorAccess',
    path: '/',
    description: 'Provides full access to AWS services and resources.',
    document: allow('*'),
  },
];

const byArn = new Map(list.map((policy) => [policy.arn, policy]));

export function managedByAws(arn: string): AwsManagedPolicy | undefined {
  return byArn.get(arn);
}
