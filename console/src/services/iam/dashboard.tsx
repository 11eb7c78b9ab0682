import { GetAccountSummaryCommand, IAMClient, ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCall } from '../../aws/call.ts';
import { useSignedIn } from '../../aws/session.ts';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';

/** What the account has, of what it may have. */
export function Dashboard() {
  const { account, arn } = useSignedIn();
  const { data, error, refetch } = useCall(IAMClient, GetAccountSummaryCommand, {});
  const aliases = useCall(IAMClient, ListAccountAliasesCommand, {});
  const summary: Record<string, number> = data?.SummaryMap ?? {};
  const count = (label: string, href: string, key: string, quota: string) => ({
    label,
    value: (
      <>
        <Link href={href} variant="secondary">
          {(summary[key] ?? 0).toLocaleString('en')}
        </Link>{' '}
        of {(summary[quota] ?? 0).toLocaleString('en')}
      </>
    ),
  });
  return (
    <Page title="IAM dashboard" trail={[]}>
      <Container header={<Header variant="h2">Account</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Account ID', value: account },
            { label: 'Account alias', value: aliases.data?.AccountAliases?.[0] ?? '–' },
            { label: 'Signed in as', value: arn },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">IAM resources</Header>}>
        {error ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : data ? (
          <KeyValuePairs
            columns={4}
            items={[
              count('Users', '#/iam/users', 'Users', 'UsersQuota'),
              count('User groups', '#/iam/groups', 'Groups', 'GroupsQuota'),
              count('Roles', '#/iam/roles', 'Roles', 'RolesQuota'),
              count('Customer managed policies', '#/iam/policies', 'Policies', 'PoliciesQuota'),
              { label: 'Identity providers', value: <Link href="#/iam/providers">{summary['Providers'] ?? 0}</Link> },
              { label: 'MFA devices in use', value: summary['MFADevicesInUse'] ?? 0 },
              { label: 'Access keys per user', value: summary['AccessKeysPerUserQuota'] ?? '–' },
              { label: 'Versions per policy', value: summary['VersionsPerPolicyQuota'] ?? '–' },
            ]}
          />
        ) : (
          <Loading />
        )}
      </Container>
      <Container header={<Header variant="h2">What is allowed, and why</Header>}>
        <SpaceBetween size="xs">
          <div>
            <Link href="#/iam/simulator">Policy simulator</Link>: what policies would decide, before a call is made.
          </div>
          <div>
            <Link href="#/iam/why">Why was it denied</Link>: what they decided on a call, and what would have allowed
            it.
          </div>
        </SpaceBetween>
      </Container>
    </Page>
  );
}
