import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAsk } from '../../aws/stack.ts';
import { Failure } from '../../ui/failure.tsx';
import { actionOptions } from '../../ui/policy-completion.ts';

const OPTIONS_MAX = 200;

/** Actions, chosen from AWS's own list: first the service, then what it does. */
export function ActionPicker({ actions, onChange }: { actions: string[]; onChange: (actions: string[]) => void }) {
  const ask = useAsk();
  const [text, setText] = useState('');
  const colon = text.indexOf(':');
  const prefix = colon < 0 ? '' : text.slice(0, colon + 1).toLowerCase();
  const { data, error, isFetching } = useQuery({
    queryKey: ['actions', prefix],
    queryFn: () => actionOptions(ask, prefix),
  });
  const wanted = text.toLowerCase();
  const options = (data ?? []).filter(({ label, detail }) => `${label} ${detail}`.toLowerCase().includes(wanted));
  const add = (value: string) => {
    const given = value.split(/[\s,]+/).filter((one) => one !== '' && !one.endsWith(':') && !actions.includes(one));
    if (given.length > 0) onChange([...actions, ...given]);
    setText(value.endsWith(':') ? value : '');
  };
  return (
    <FormField
      label="Actions"
      description="Type a service, then choose what it does. Enter adds what is typed."
      stretch
    >
      <SpaceBetween size="xs">
        <Autosuggest
          value={text}
          ariaLabel="Action"
          placeholder="bedrock:InvokeModel"
          onChange={({ detail }) => setText(detail.value)}
          onSelect={({ detail }) => add(detail.value)}
          onKeyDown={({ detail }) => {
            if (detail.key === 'Enter' && text.includes(':')) add(text);
          }}
          options={options.slice(0, OPTIONS_MAX).map(({ label, detail }) => ({ value: label, description: detail }))}
          filteringType="manual"
          statusType={isFetching ? 'loading' : 'finished'}
          loadingText="Loading actions"
          empty="AWS has no such action."
          enteredTextLabel={(value) => `Use: ${value}`}
        />
        {error && <Failure error={error} />}
        <TokenGroup
          items={actions.map((label) => ({ label, dismissLabel: `Remove ${label}` }))}
          onDismiss={({ detail }) => onChange(actions.filter((_action, index) => index !== detail.itemIndex))}
        />
      </SpaceBetween>
    </FormField>
  );
}
