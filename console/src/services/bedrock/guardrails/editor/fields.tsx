import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { WAY_LABELS, type Way } from '../model.ts';

export const BLOCKING: Way[] = ['BLOCK', 'NONE', 'OFF'];
export const MASKING: Way[] = ['BLOCK', 'ANONYMIZE', 'NONE', 'OFF'];

/** A choice among a few words. */
export function Choice<T extends string>(props: {
  /** Its name; after that of the field that it is in, if it is in one. */
  label?: string;
  value: T;
  options: readonly T[];
  labels?: Partial<Record<T, string>>;
  onChange: (value: T) => void;
  disabled?: boolean;
}) {
  const { value, options, labels, onChange } = props;
  const option = (each: T) => ({ value: each, label: labels?.[each] ?? each });
  return (
    <Select
      {...(props.label === undefined ? {} : { ariaLabel: props.label })}
      selectedOption={option(value)}
      options={options.map(option)}
      disabled={props.disabled ?? false}
      onChange={({ detail }) => onChange(detail.selectedOption.value as T)}
    />
  );
}

/** What is done about a finding, in one direction. */
export function WayField(props: {
  label: string;
  /** Of what, for those who hear the page. */
  of: string;
  value: Way;
  options: Way[];
  onChange: (way: Way) => void;
}) {
  const { label, of, value, options, onChange } = props;
  return (
    <FormField label={label}>
      <Choice label={`of ${of}`} value={value} options={options} labels={WAY_LABELS} onChange={onChange} />
    </FormField>
  );
}

/** What is done about a finding in what is asked, and beside it in what is answered. */
export function WayFields(props: {
  of: string;
  value: { input: Way; output: Way };
  options: Way[];
  onChange: (part: { input: Way } | { output: Way }) => void;
}) {
  const { of, value, options, onChange } = props;
  return (
    <ColumnLayout columns={2} minColumnWidth={140}>
      <WayField
        label="Input action"
        of={of}
        value={value.input}
        options={options}
        onChange={(input) => onChange({ input })}
      />
      <WayField
        label="Output action"
        of={of}
        value={value.output}
        options={options}
        onChange={(output) => onChange({ output })}
      />
    </ColumnLayout>
  );
}

/** One of several that are added and removed, under a heading of its own. */
export function Entry(props: { title: string; of: string; remove: () => void; children: ReactNode }) {
  const { title, of, remove, children } = props;
  return (
    <SpaceBetween size="s">
      <Header
        variant="h3"
        actions={
          <Button formAction="none" ariaLabel={`Remove ${of}`} onClick={remove}>
            Remove
          </Button>
        }
      >
        {title}
      </Header>
      {children}
    </SpaceBetween>
  );
}

/** A filter that is on or off; what there is to set about it is shown while it is on. */
export function FilterField(props: {
  name: string;
  description: string;
  on: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}) {
  const { name, description, on, onChange, children } = props;
  return (
    <SpaceBetween size="xs">
      <Checkbox checked={on} description={description} onChange={({ detail }) => onChange(detail.checked)}>
        {name}
      </Checkbox>
      {on && children}
    </SpaceBetween>
  );
}
