import type { LifecycleRule } from '@aws-sdk/client-s3';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { FormModal } from '../../ui/form-modal.tsx';
import { faultsOfRule, ruleOf, scopeOf, wordsOf, type RuleDraft } from './lifecycle.ts';
import { STORAGE_CLASSES } from './model.ts';

/** A lifecycle rule, told in plain words while it is edited. */
export function LifecycleRuleDialog(props: {
  draft: RuleDraft;
  isNew: boolean;
  /** Names of the other rules. */
  others: string[];
  save: (rule: LifecycleRule) => Promise<void>;
  onClose: () => void;
}) {
  const { isNew, others, save, onClose } = props;
  const [draft, setDraft] = useState(props.draft);
  const [tried, setTried] = useState(false);
  const set = (change: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...change }));
  const faults = faultsOfRule(draft, others);
  const rule = ruleOf(draft);

  const number = (name: 'expireDays' | 'noncurrentDays' | 'noncurrentKeep' | 'abortDays', label: string) => (
    <FormField label={label}>
      <Input
        value={draft[name]}
        inputMode="numeric"
        disabled={name === 'expireDays' && draft.expireMarkers}
        onChange={({ detail }) => set({ [name]: detail.value })}
      />
    </FormField>
  );
  return (
    <FormModal
      title={isNew ? 'Create lifecycle rule' : `Edit ${props.draft.id || 'lifecycle rule'}`}
      size="large"
      action={isNew ? 'Create rule' : 'Save changes'}
      check={() => {
        setTried(true);
        return faults.length === 0;
      }}
      submit={() => save(rule)}
      close={onClose}
    >
      <ColumnLayout columns={2}>
        <FormField
          label="Lifecycle rule name"
          constraintText="255 characters at most; S3 makes one up where it is empty."
        >
          <Input value={draft.id} onChange={({ detail }) => set({ id: detail.value })} />
        </FormField>
        <FormField label="Prefix" constraintText="Empty: all objects.">
          <Input value={draft.prefix} onChange={({ detail }) => set({ prefix: detail.value })} />
        </FormField>
        <FormField label="Tag key" constraintText="Only objects with this tag; may be empty.">
          <Input value={draft.tagKey} onChange={({ detail }) => set({ tagKey: detail.value })} />
        </FormField>
        <FormField label="Tag value">
          <Input value={draft.tagValue} onChange={({ detail }) => set({ tagValue: detail.value })} />
        </FormField>
      </ColumnLayout>
      <Steps
        title="Move objects"
        noun="transition"
        steps={draft.transitions}
        onChange={(transitions) => set({ transitions })}
      />
      <ColumnLayout columns={2}>
        {number('expireDays', 'Expire objects after days')}
        <FormField label="Delete markers">
          <Checkbox checked={draft.expireMarkers} onChange={({ detail }) => set({ expireMarkers: detail.checked })}>
            Delete those with no versions behind them
          </Checkbox>
        </FormField>
      </ColumnLayout>
      <Steps
        title="Move noncurrent versions"
        noun="noncurrent transition"
        steps={draft.noncurrentTransitions}
        onChange={(noncurrentTransitions) => set({ noncurrentTransitions })}
      />
      <ColumnLayout columns={3}>
        {number('noncurrentDays', 'Delete noncurrent versions after days')}
        {number('noncurrentKeep', 'Newer noncurrent versions to keep')}
        {number('abortDays', 'Abort unfinished uploads after days')}
      </ColumnLayout>
      <section aria-label="What the rule does">
        {faults.length === 0 ? (
          <Alert type="info" header={scopeOf(rule)}>
            <ul className="s3-words">
              {wordsOf(rule).map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          </Alert>
        ) : (
          tried && (
            <Alert type="error" header="The rule cannot be saved yet">
              <ul className="s3-words">
                {faults.map((fault) => (
                  <li key={fault}>{fault}</li>
                ))}
              </ul>
            </Alert>
          )
        )}
      </section>
    </FormModal>
  );
}

const COLD = STORAGE_CLASSES.filter(({ value }) => value !== 'STANDARD');

function Steps(props: {
  title: string;
  noun: string;
  steps: RuleDraft['transitions'];
  onChange: (steps: RuleDraft['transitions']) => void;
}) {
  const { title, noun, steps, onChange } = props;
  const change = (index: number, with_: Partial<RuleDraft['transitions'][number]>) =>
    onChange(steps.map((step, at) => (at === index ? { ...step, ...with_ } : step)));
  return (
    <SpaceBetween size="xs">
      <Box variant="awsui-key-label">{title}</Box>
      {steps.map(({ days, storageClass }, index) => (
        // Steps have no names of their own.
        // oxlint-disable-next-line react/no-array-index-key
        <SpaceBetween key={index} direction="horizontal" size="xs" alignItems="center">
          <Box>After days</Box>
          <Input
            value={days}
            inputMode="numeric"
            ariaLabel={`Days of ${noun} ${index + 1}`}
            onChange={({ detail }) => change(index, { days: detail.value })}
          />
          <Select
            ariaLabel={`Storage class of ${noun} ${index + 1}`}
            selectedOption={COLD.find(({ value }) => value === storageClass) ?? { value: storageClass }}
            options={COLD}
            expandToViewport
            onChange={({ detail }) => change(index, { storageClass: detail.selectedOption.value! })}
          />
          <Button
            variant="icon"
            iconName="remove"
            formAction="none"
            ariaLabel={`Remove ${noun} ${index + 1}`}
            onClick={() => onChange(steps.filter((_, at) => at !== index))}
          />
        </SpaceBetween>
      ))}
      <Button
        formAction="none"
        onClick={() =>
          onChange([
            ...steps,
            { days: steps.length === 0 ? '30' : '', storageClass: steps.length === 0 ? 'STANDARD_IA' : 'GLACIER' },
          ])
        }
      >
        {`Add ${noun}`}
      </Button>
    </SpaceBetween>
  );
}
