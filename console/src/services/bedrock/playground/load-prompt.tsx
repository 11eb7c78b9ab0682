import {
  BedrockAgentClient,
  GetPromptCommand,
  ListPromptsCommand,
  type PromptSummary,
} from '@aws-sdk/client-bedrock-agent';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { PromptVariant } from '@aws-sdk/client-bedrock-agent';
import { useState } from 'react';
import { useAllPages, useSend } from '../../../aws/call.ts';
import { Empty } from '../../../ui/empty.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { FormModal } from '../../../ui/form-modal.tsx';

const READING = {
  items: ({ promptSummaries }: { promptSummaries?: PromptSummary[] | undefined }) => promptSummaries,
  input: 'nextToken',
};

/** Begins a conversation with a prompt that is kept in prompt management. */
export function LoadPrompt({ load, onDismiss }: { load: (variant: PromptVariant) => void; onDismiss: () => void }) {
  const send = useSend(BedrockAgentClient);
  const [id, setId] = useState('');
  const [version, setVersion] = useState('DRAFT');
  const prompts = useAllPages(BedrockAgentClient, ListPromptsCommand, {}, READING);
  const versions = useAllPages(
    BedrockAgentClient,
    ListPromptsCommand,
    id === '' ? undefined : { promptIdentifier: id },
    READING,
  );
  const options = (prompts.data ?? []).map((each) => ({ value: each.id!, label: each.name!, description: each.id! }));
  const of = (versions.data ?? []).map((each) => ({ value: each.version!, label: each.version! }));

  async function open(signal: AbortSignal) {
    const prompt = await send(
      GetPromptCommand,
      { promptIdentifier: id, ...(version === 'DRAFT' ? {} : { promptVersion: version }) },
      signal,
    );
    const variant = prompt.variants?.find(({ name }) => name === prompt.defaultVariant) ?? prompt.variants?.[0];
    if (!variant) throw new Error(`The prompt ${prompt.name} has no variant yet.`);
    load(variant);
  }

  return (
    <FormModal title="Load a prompt" action="Load" disabled={id === ''} submit={open} close={onDismiss}>
      {prompts.error ? (
        <Failure error={prompts.error} retry={() => void prompts.refetch()} />
      ) : prompts.data?.length === 0 ? (
        <Empty title="No prompts yet">Save a conversation as a prompt, and it can be loaded here.</Empty>
      ) : (
        <SpaceBetween size="m">
          <FormField label="Prompt">
            <Select
              options={options}
              selectedOption={options.find(({ value }) => value === id) ?? null}
              placeholder="Choose a prompt"
              filteringType="auto"
              statusType={prompts.isFetching && !prompts.data ? 'loading' : 'finished'}
              loadingText="Loading prompts"
              onChange={({ detail }) => {
                setId(detail.selectedOption.value!);
                setVersion('DRAFT');
              }}
            />
          </FormField>
          <FormField label="Version">
            <Select
              disabled={id === ''}
              options={of}
              selectedOption={{ value: version, label: version }}
              statusType={versions.isFetching ? 'loading' : 'finished'}
              loadingText="Loading versions"
              onChange={({ detail }) => setVersion(detail.selectedOption.value!)}
            />
          </FormField>
          <Box variant="small">It takes the place of the conversation on screen.</Box>
        </SpaceBetween>
      )}
    </FormModal>
  );
}
