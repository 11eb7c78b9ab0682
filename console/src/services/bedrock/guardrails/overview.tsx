import {
  BedrockClient,
  GetGuardrailCommand,
  ListTagsForResourceCommand,
  type GetGuardrailResponse,
} from '@aws-sdk/client-bedrock';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'react-router';
import { useCall, useRefresh } from '../../../aws/call.ts';
import { factsOf } from '../../../aws/failure.ts';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { timeText } from '../../../ui/text.ts';
import { formOf } from './model.ts';
import { PoliciesView } from './policies-view.tsx';
import { GuardrailStatus } from './status.tsx';
import { VersionField } from './version-field.tsx';

/** What a guardrail is made of, in a version. */
export function Overview({ guardrail, versions }: { guardrail: GetGuardrailResponse; versions: string[] }) {
  const [search, setSearch] = useSearchParams();
  const version = search.get('version') ?? 'DRAFT';
  const refresh = useRefresh();
  const other = useCall(
    BedrockClient,
    GetGuardrailCommand,
    version === 'DRAFT' ? undefined : { guardrailIdentifier: guardrail.guardrailId, guardrailVersion: version },
  );
  const tags = useCall(BedrockClient, ListTagsForResourceCommand, { resourceARN: guardrail.guardrailArn });
  const shown = version === 'DRAFT' ? guardrail : other.data;
  return (
    <SpaceBetween size="l">
      <VersionField
        label="Shown version"
        versions={versions}
        value={version}
        onChange={(next) => setSearch(next === 'DRAFT' ? {} : { version: next })}
      />
      {shown ? (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Details</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'Status', value: <GuardrailStatus status={shown.status} /> },
                { label: 'ID', value: <Copied text={shown.guardrailId!} what="ID" /> },
                { label: 'ARN', value: <Copied text={shown.guardrailArn!} what="ARN" /> },
                { label: 'Description', value: shown.description ?? '–' },
                { label: 'Created', value: timeText(shown.createdAt) },
                { label: 'Updated', value: timeText(shown.updatedAt) },
                { label: 'KMS key', value: shown.kmsKeyArn ?? 'AWS owned key' },
                { label: 'Guardrail profile', value: shown.crossRegionDetails?.guardrailProfileId ?? '–' },
                {
                  label: 'Tags',
                  value: tags.error
                    ? `${factsOf(tags.error).name}: ${factsOf(tags.error).message}`
                    : (tags.data?.tags ?? []).map(({ key, value }) => `${key}: ${value}`).join(', ') || '–',
                },
                { label: 'Message for blocked prompts', value: shown.blockedInputMessaging },
                { label: 'Message for blocked responses', value: shown.blockedOutputsMessaging },
              ]}
            />
          </Container>
          <PoliciesView form={formOf(shown)} />
        </SpaceBetween>
      ) : other.error ? (
        <Failure error={other.error} retry={() => void refresh()} />
      ) : (
        <Loading />
      )}
    </SpaceBetween>
  );
}

const Copied = ({ text, what }: { text: string; what: string }) => (
  <CopyToClipboard
    variant="inline"
    textToCopy={text}
    copyButtonAriaLabel={`Copy ${what}`}
    copySuccessText="Copied"
    copyErrorText="The browser did not allow it"
  />
);
