import { IAMClient, ListOpenIDConnectProvidersCommand, ListSAMLProvidersCommand } from '@aws-sdk/client-iam';
import { useCall, useRefresh } from '../../aws/call.ts';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { IAM } from './trail.ts';

type Provider = { arn: string; kind: string; name: string; made?: Date; until?: Date };

/** Those outside who vouch for who takes on a role. */
export function Providers() {
  const saml = useCall(IAMClient, ListSAMLProvidersCommand, {});
  const oidc = useCall(IAMClient, ListOpenIDConnectProvidersCommand, {});
  const refresh = useRefresh();
  const nameOf = (arn: string) => arn.split(/:(?:saml|oidc)-provider\//)[1] ?? arn;
  const items: Provider[] | undefined =
    saml.data && oidc.data
      ? [
          ...(saml.data.SAMLProviderList ?? []).map(({ Arn, CreateDate, ValidUntil }) => ({
            arn: Arn!,
            kind: 'SAML',
            name: nameOf(Arn!),
            ...(CreateDate ? { made: CreateDate } : {}),
            ...(ValidUntil ? { until: ValidUntil } : {}),
          })),
          ...(oidc.data.OpenIDConnectProviderList ?? []).map(({ Arn }) => ({
            arn: Arn!,
            kind: 'OpenID Connect',
            name: nameOf(Arn!),
          })),
        ]
      : undefined;
  return (
    <Page title="Identity providers" trail={[IAM]} bare>
      <ResourceTable<Provider>
        variant="full-page"
        title="Identity providers"
        noun="identity provider"
        items={items}
        error={saml.error ?? oidc.error}
        refresh={() => void refresh()}
        refreshing={saml.isFetching || oidc.isFetching}
        idOf={({ arn }) => arn}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'Provider', cell: ({ name }) => name, isRowHeader: true },
          { id: 'kind', header: 'Type', cell: ({ kind }) => kind },
          { id: 'arn', header: 'ARN', cell: ({ arn }) => arn },
          { id: 'made', header: 'Created', cell: ({ made }) => timeText(made), value: ({ made }) => timeValue(made) },
          {
            id: 'until',
            header: 'Valid until',
            cell: ({ until }) => timeText(until),
            value: ({ until }) => timeValue(until),
          },
        ]}
        empty={
          <Empty
            title="No identity providers"
            code={[
              {
                serviceId: 'IAM',
                operation: 'CreateOpenIDConnectProvider',
                input: { Url: 'https://token.actions.githubusercontent.com', ClientIDList: ['sts.amazonaws.com'] },
              },
            ]}
          >
            A provider lets people or programs from elsewhere take on a role, by SAML or OpenID Connect.
          </Empty>
        }
      />
    </Page>
  );
}
