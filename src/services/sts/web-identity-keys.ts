import type { ConditionKeys } from '../../kernel/access.ts';

/**
 * Claims that trust policies can look at, as `<provider>:<claim>`. All providers have `aud`, `sub` and `amr`; those of some services more.
 * Source: IAM User Guide, "Available keys for AWS OIDC federation"; Service Authorization Reference, AWS Security Token Service.
 */
const GITHUB = [
  'actor',
  'actor_id',
  'enterprise_id',
  'environment',
  'job_workflow_ref',
  'ref',
  'repository',
  'repository_id',
  'repository_owner_id',
  'workflow',
];
const GITLAB = [
  'namespace_id',
  'pipeline_source',
  'project_id',
  'ref_protected',
  'runner_environment',
  'user_access_level',
  'user_email',
  'user_id',
  'user_login',
];
const BUILDKITE = [
  'build_branch',
  'cluster_id',
  'cluster_name',
  'organization_id',
  'organization_slug',
  'pipeline_id',
  'pipeline_slug',
];

const OF_SERVICES: [RegExp, readonly string[]][] = [
  [/^token\.actions\.(githubusercontent\.com|[a-z0-9-]+\.ghe\.com)(\/|$)/, GITHUB],
  [/^gitlab\.com$/, GITLAB],
  [/^agent\.([a-z0-9-]+\.)?buildkite\.(com|dev|site)$/, BUILDKITE],
  [/^oidc\.circleci\.com\/org\//, ['oidc.circleci.com/project-id']],
];

/** @param provider its URL without the scheme */
export function claimKeys(provider: string, claims: Readonly<Record<string, unknown>>): ConditionKeys {
  const found = OF_SERVICES.flatMap(([pattern, names]) => (pattern.test(provider) ? names : []));
  const keys: Record<string, string> = {};
  for (const name of found) {
    const value = claims[name];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      keys[`${provider}:${name}`.toLowerCase()] = String(value);
  }
  return keys;
}
