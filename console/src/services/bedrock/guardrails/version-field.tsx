import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';

const labelOf = (version: string): string => (version === 'DRAFT' ? 'Draft' : `Version ${version}`);

/** A choice among a guardrail's draft and versions. */
export function VersionField(props: {
  label: string;
  versions: string[];
  value: string;
  onChange: (version: string) => void;
  disabled?: boolean;
}) {
  const option = (value: string) => ({ value, label: labelOf(value) });
  return (
    <FormField label={props.label}>
      <Select
        selectedOption={option(props.value)}
        options={props.versions.map(option)}
        disabled={props.disabled ?? false}
        onChange={({ detail }) => props.onChange(detail.selectedOption.value!)}
      />
    </FormField>
  );
}
