import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
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
