import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import { useRefresh } from '../../aws/call.ts';
import { useAsk } from '../../aws/stack.ts';
import { useAction } from '../../ui/action.ts';
import { FAULTS, type Template } from './templates.ts';
import { matchText, writtenOf, type ListedRule } from './types.ts';
import { modelOf, ModelField, ServiceField } from './scope.tsx';
import './rules.css';

/** Faults stand before other rules. */
const PRIORITY = 100;
const idOf = ({ id }: Template): string => `fault.${id}`;
const EVERY = [
  { value: '1', label: 'every call' },
  { value: '2', label: 'every 2nd call' },
  { value: '3', label: 'every 3rd call' },
  { value: '10', label: 'every 10th call' },
];

/** Common faults, each a switch: a rule of its own, which stays as it is while it is off. */
export function Faults({ rules }: { rules: readonly ListedRule[] | undefined }) {
  const ask = useAsk();
  const refresh = useRefresh();
  const [service, setService] = useState('bedrock-runtime');
  const [model, setModel] = useState('');
  const [every, setEvery] = useState('1');
  const switched = useAction(async (signal, template: Template, on: boolean) => {
    const id = idOf(template);
    const known = rules?.find((rule) => rule.id === id);
    const rule = on
      ? {
          ...template.rule,
          service,
          ...modelOf(model),
          ...(every === '1' ? {} : { every: Number(every) }),
          priority: PRIORITY,
        }
      : { ...(known ? writtenOf(known) : template.rule), enabled: false };
    await ask('PUT', `rules/${id}`, rule, signal);
    await refresh();
  });
  const on = FAULTS.filter((template) => rules?.some(({ id, enabled }) => id === idOf(template) && enabled !== false));
  return (
    <Container>
      <ExpandableSection
        variant="inline"
        headingTagOverride="h2"
        headerText={on.length === 0 ? 'Faults: none' : `Faults: ${on.map(({ name }) => name).join(', ')}`}
        defaultExpanded
      >
        <SpaceBetween size="m">
          <div className="fault-scope">
            <ServiceField label="Service" value={service} onChange={setService} />
            <ModelField label="Model" value={model} onChange={setModel} />
            <FormField label="How often">
              <Select
                selectedOption={EVERY.find(({ value }) => value === every)!}
                options={EVERY}
                onChange={({ detail }) => setEvery(detail.selectedOption.value!)}
              />
            </FormField>
          </div>
          <div className="fault-switches">
            {FAULTS.map((template) => {
              const rule = rules?.find(({ id }) => id === idOf(template));
              const isOn = rule !== undefined && rule.enabled !== false;
              return (
                <Toggle
                  key={template.id}
                  checked={isOn}
                  disabled={rules === undefined || switched.pending}
                  description={
                    isOn
                      ? `${matchText(rule)}; ${rule.used} ${rule.used === 1 ? 'call' : 'calls'}`
                      : template.description
                  }
                  onChange={({ detail }) => void switched.run(template, detail.checked)}
                >
                  {template.name}
                </Toggle>
              );
            })}
          </div>
        </SpaceBetween>
      </ExpandableSection>
    </Container>
  );
}
