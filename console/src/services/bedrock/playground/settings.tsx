import { BedrockClient, ListGuardrailsCommand } from '@aws-sdk/client-bedrock';
import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import Textarea from '@cloudscape-design/components/textarea';
import Toggle from '@cloudscape-design/components/toggle';
import Button from '@cloudscape-design/components/button';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState } from 'react';
import { useAllPages } from '../../../aws/call.ts';
import { Editor, type Diagnostic } from '../../../ui/editor.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { faultsOf, toolsFault, type Settings } from './conversation.ts';

const WEATHER = JSON.stringify(
  [
    {
      toolSpec: {
        name: 'get_weather',
        description: 'The weather of a city.',
        inputSchema: {
          json: {
            type: 'object',
            properties: { city: { type: 'string', description: 'The city' } },
            required: ['city'],
          },
        },
      },
    },
  ],
  undefined,
  2,
);

type Change = (changes: Partial<Settings>) => void;

/** What all models are asked with: system prompt, parameters, tools, guardrail. */
export function SettingsPanel({ settings, onChange }: { settings: Settings; onChange: Change }) {
  const faults = faultsOf(settings);
  const [open, setOpen] = useState(false);
  return (
    <ExpandableSection
      variant="container"
      headerText="Configuration"
      headerDescription={summary(settings)}
      expanded={open || Object.keys(faults).length > 0}
      onChange={({ detail }) => setOpen(detail.expanded)}
    >
      <Tabs
        ariaLabel="Configuration"
        tabs={[
          {
            id: 'prompt',
            label: 'System prompt and parameters',
            content: <Parameters settings={settings} onChange={onChange} />,
          },
          { id: 'tools', label: 'Tools', content: <Tools settings={settings} onChange={onChange} /> },
          { id: 'guardrail', label: 'Guardrail', content: <Guardrail settings={settings} onChange={onChange} /> },
          {
            id: 'fields',
            label: 'Additional fields',
            content: (
              <FormField
                label="Additional model request fields"
                description='A JSON object of what only this model family knows, e.g. {"thinking": {"type": "enabled", "budget_tokens": 1024}}.'
                errorText={faults.fields ?? ''}
                stretch
              >
                <Editor
                  label="Additional model request fields"
                  value={settings.fields}
                  minHeight="80px"
                  onChange={(fields) => onChange({ fields })}
                />
              </FormField>
            ),
          },
        ]}
      />
    </ExpandableSection>
  );
}

function summary(settings: Settings): string {
  const parts = [
    settings.system.trim() !== '' && 'system prompt',
    settings.temperature !== '' && `temperature ${settings.temperature}`,
    settings.topP !== '' && `top P ${settings.topP}`,
    settings.maxTokens !== '' && `at most ${settings.maxTokens} tokens`,
    settings.stopSequences.length > 0 && 'stop sequences',
    settings.useTools && 'tools',
    settings.guardrail.id !== '' && 'guardrail',
    settings.fields.trim() !== '' && 'additional fields',
  ].filter(Boolean);
  return parts.length === 0
    ? 'System prompt, parameters, tools and guardrail: the models’ defaults'
    : `Set: ${parts.join(', ')}`;
}

function Parameters({ settings, onChange }: { settings: Settings; onChange: Change }) {
  const faults = faultsOf(settings);
  const [stop, setStop] = useState('');
  const addStop = () => {
    if (stop !== '' && !settings.stopSequences.includes(stop))
      onChange({ stopSequences: [...settings.stopSequences, stop] });
    setStop('');
  };
  const number = (key: 'temperature' | 'topP' | 'maxTokens', label: string, step: number, description: string) => (
    <FormField label={label} constraintText={description} errorText={faults[key] ?? ''}>
      <Input
        value={settings[key]}
        type="number"
        inputMode="decimal"
        step={step}
        placeholder="Model’s default"
        onChange={({ detail }) => onChange({ [key]: detail.value })}
      />
    </FormField>
  );
  return (
    <SpaceBetween size="m">
      <FormField label="System prompt" stretch>
        <Textarea
          value={settings.system}
          rows={3}
          placeholder="You answer in one sentence."
          onChange={({ detail }) => onChange({ system: detail.value })}
        />
      </FormField>
      <ColumnLayout columns={4}>
        {number('temperature', 'Temperature', 0.1, '0 to 1')}
        {number('topP', 'Top P', 0.05, '0 to 1')}
        {number('maxTokens', 'Maximum tokens', 1, 'Of an answer')}
        <FormField label="Stop sequences" constraintText="Enter adds one">
          <SpaceBetween size="xxs">
            <Input
              value={stop}
              onChange={({ detail }) => setStop(detail.value)}
              onKeyDown={({ detail }) => detail.key === 'Enter' && addStop()}
              onBlur={addStop}
            />
            <TokenGroup
              items={settings.stopSequences.map((label) => ({ label, dismissLabel: `Remove ${label}` }))}
              onDismiss={({ detail }) =>
                onChange({ stopSequences: settings.stopSequences.filter((_each, index) => index !== detail.itemIndex) })
              }
            />
          </SpaceBetween>
        </FormField>
      </ColumnLayout>
    </SpaceBetween>
  );
}

const checkTools = (text: string): Diagnostic[] => {
  const fault = toolsFault(text);
  return fault === undefined ? [] : [{ from: 0, to: Math.min(1, text.length), severity: 'error', message: fault }];
};

function Tools({ settings, onChange }: { settings: Settings; onChange: Change }) {
  const { tools: fault } = faultsOf(settings);
  return (
    <SpaceBetween size="s">
      <SpaceBetween direction="horizontal" size="m" alignItems="center">
        <Toggle
          checked={settings.useTools}
          onChange={({ detail }) =>
            onChange({ useTools: detail.checked, ...(settings.tools.trim() === '' ? { tools: WEATHER } : {}) })
          }
        >
          Offer tools to the models
        </Toggle>
        {settings.tools !== WEATHER && (
          <Button variant="inline-link" onClick={() => onChange({ tools: WEATHER, useTools: true })}>
            Insert an example
          </Button>
        )}
      </SpaceBetween>
      <FormField
        label="Tools"
        description="Converse’s toolConfig.tools, as JSON. When a model calls one, you write what it answers."
        errorText={fault ?? ''}
        stretch
      >
        <Editor
          label="Tools"
          value={settings.tools}
          minHeight="120px"
          maxHeight="300px"
          check={checkTools}
          onChange={(tools) => onChange({ tools })}
        />
      </FormField>
    </SpaceBetween>
  );
}

function Guardrail({ settings, onChange }: { settings: Settings; onChange: Change }) {
  const { id, version } = settings.guardrail;
  const reading = {
    items: ({
      guardrails,
    }: {
      guardrails?: { id?: string | undefined; name?: string | undefined; version?: string | undefined }[] | undefined;
    }) => guardrails,
    input: 'nextToken',
  };
  const all = useAllPages(BedrockClient, ListGuardrailsCommand, {}, reading);
  const versions = useAllPages(
    BedrockClient,
    ListGuardrailsCommand,
    id === '' ? undefined : { guardrailIdentifier: id },
    reading,
  );
  const none = { value: '', label: 'No guardrail' };
  const options = [
    none,
    ...(all.data ?? []).map((each) => ({ value: each.id!, label: each.name!, description: each.id! })),
  ];
  const of = versions.data?.map((each) => ({ value: each.version!, label: each.version! })) ?? [];
  if (all.error) return <Failure error={all.error} retry={() => void all.refetch()} />;
  return (
    <SpaceBetween size="s">
      <ColumnLayout columns={2}>
        <FormField label="Guardrail">
          <Select
            options={options}
            selectedOption={options.find(({ value }) => value === id) ?? { value: id, label: id }}
            statusType={all.isFetching ? 'loading' : 'finished'}
            loadingText="Loading guardrails"
            onChange={({ detail }) =>
              onChange({ guardrail: { id: detail.selectedOption.value ?? '', version: 'DRAFT' } })
            }
          />
        </FormField>
        <FormField label="Version">
          <Select
            disabled={id === ''}
            options={of}
            selectedOption={{ value: version, label: version }}
            statusType={versions.isFetching ? 'loading' : 'finished'}
            loadingText="Loading versions"
            onChange={({ detail }) => onChange({ guardrail: { id, version: detail.selectedOption.value! } })}
          />
        </FormField>
      </ColumnLayout>
      <Box variant="small">Its trace is asked for, and shown below each answer that it saw to.</Box>
    </SpaceBetween>
  );
}
