import { BedrockClient, ListFoundationModelsCommand } from '@aws-sdk/client-bedrock';
import Autosuggest, { type AutosuggestProps } from '@cloudscape-design/components/autosuggest';
import { memo, useState } from 'react';
import { useCall } from '../../../aws/call.ts';
import { factsOf } from '../../../aws/failure.ts';
import { useOwnModels } from '../models/own-models.tsx';
import { callableId, modelOfArn, useProfiles } from '../models/profiles.tsx';
import type { ChatStore } from './store.ts';

const byText = (a: string, b: string): number => a.localeCompare(b, 'en');

/** What can be talked with: models that answer in text, profiles of those, and the account's own. */
function useModels() {
  const {
    data,
    error: failed,
    isFetching,
  } = useCall(BedrockClient, ListFoundationModelsCommand, { byOutputModality: 'TEXT' });
  const profiles = useProfiles();
  const own = useOwnModels();
  const texts = data?.modelSummaries ?? [];
  const ids = new Set(texts.map(({ modelId }) => modelId));
  const options: AutosuggestProps.OptionGroup[] = [];
  const add = (label: string, group: AutosuggestProps.Option[]) => {
    if (group.length > 0) options.push({ label, options: group });
  };
  add(
    'Your models',
    (own.data ?? [])
      .filter(({ callable }) => callable)
      .map(({ arn, name, kind }) => ({ value: arn, label: name, description: kind })),
  );
  for (const provider of [...new Set(texts.map(({ providerName }) => providerName ?? ''))].sort(byText))
    add(
      provider,
      texts
        .filter(
          ({ providerName, inferenceTypesSupported }) =>
            (providerName ?? '') === provider && inferenceTypesSupported?.includes('ON_DEMAND'),
        )
        .map(({ modelId, modelName }) => ({ value: modelId!, label: modelId!, description: modelName! })),
    );
  add(
    'Inference profiles',
    (profiles.data ?? [])
      .filter(({ models }) => ids.has(modelOfArn(models?.[0]?.modelArn)))
      .map((profile) => ({
        value: callableId(profile),
        label: callableId(profile),
        description: profile.inferenceProfileName!,
      })),
  );
  return { options, error: failed ?? profiles.error, isFetching };
}

/** Chooses a model by its id, or types one. Not drawn anew with each piece of an answer. */
export const ModelPicker = memo(function ModelPicker(props: {
  label: string;
  value: string;
  disabled: boolean;
  store: ChatStore;
  columnId: string;
}) {
  const { options, error, isFetching } = useModels();
  const [typed, setTyped] = useState<string>();
  const choose = (text: string) => {
    setTyped(undefined);
    const modelId = text.trim();
    if (modelId !== '' && modelId !== props.value)
      props.store.updateColumn(props.columnId, (before) => ({ ...before, modelId }));
  };
  return (
    <Autosuggest
      ariaLabel={props.label}
      value={typed ?? props.value}
      options={options}
      // What is chosen already narrows nothing.
      filteringType={typed === undefined ? 'manual' : 'auto'}
      disabled={props.disabled}
      placeholder="Model id or ARN"
      enteredTextLabel={(text) => `Use "${text}"`}
      statusType={error ? 'error' : isFetching && options.length === 0 ? 'loading' : 'finished'}
      loadingText="Loading models"
      errorText={error ? `The models cannot be listed (${factsOf(error).name}); type an id.` : ''}
      empty="No model has this text; it can be used nevertheless."
      onChange={({ detail }) => setTyped(detail.value)}
      onSelect={({ detail }) => choose(detail.value)}
      onBlur={() => typed !== undefined && choose(typed)}
      virtualScroll
    />
  );
});
