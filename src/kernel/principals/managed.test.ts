import { describe, expect, it } from 'vitest';
import { loadActions, readPolicy } from '../../engines/policy/policy.ts';
import { awsManagedPolicies, managedByAws } from './managed.ts';

const documents = awsManagedPolicies().map(({ name, document }) => ({
  name,
  policy: readPolicy(document, 'identity'),
}));

describe('A managed policy of AWS', () => {
  it('has an ARN, an id and a document of its own', () => {
    const all = awsManagedPolicies();
    expect(all.length).toBeGreaterThan(40);
    expect(new Set(all.map(({ arn }) => arn)).size).toBe(all.length);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const policy of all) {
      expect(managedByAws(policy.arn)).toBe(policy);
      expect(policy.arn).toBe(`arn:aws:iam::aws:policy${policy.path}${policy.name}`);
      expect(policy.id).toMatch(/^ANPA[A-Z2-7]{17}$/);
      expect(policy.updatedAtMs).toBeGreaterThan(Date.parse('2015-01-01'));
    }
  });

  it('speaks of services that there are', async () => {
    const prefixes = new Set((await loadActions()).services.map(({ prefix }) => prefix));
    // Services that AWS has ended, which its policies still name.
    const ended = new Set(['elastic-inference', 'deepracer']);
    for (const { name, policy } of documents)
      for (const { actions } of policy.statements)
        for (const action of actions) {
          const prefix = action.split(':')[0]!;
          expect(action === '*' || prefixes.has(prefix) || ended.has(prefix), `${name}: ${action}`).toBe(true);
        }
  });

  it('for reading only lets nobody write, read secrets or call models', async () => {
    const actions = await loadActions();
    const { policy } = documents.find(({ name }) => name === 'ReadOnlyAccess')!;
    const [{ action: allows }] = policy.statements as [(typeof policy.statements)[number]];
    for (const { prefix } of actions.services)
      for (const name of actions.expand(`${prefix}:*`)) {
        const { level } = actions.find(name)!;
        if (level !== 'Read' && level !== 'List') expect(allows(name.toLowerCase()), name).toBe(false);
      }
    for (const name of ['secretsmanager:GetSecretValue', 'bedrock:InvokeModel', 'kms:Decrypt', 'sts:AssumeRole'])
      expect(allows(name.toLowerCase()), name).toBe(false);
    for (const name of ['s3:GetObject', 's3:ListBucket', 'bedrock:ListFoundationModels', 'iam:GetUser'])
      expect(allows(name.toLowerCase()), name).toBe(true);
  });
});
