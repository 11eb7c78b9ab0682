import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useStack } from '../../aws/stack.ts';
import type { Coverage } from './completion.ts';

type FieldProps = { label: string; value: string; onChange: (value: string) => void };

/** The service whose calls are meant: one that the stack has. */
export function ServiceField({ label, value, onChange }: FieldProps) {
  const { data: coverage } = useStack<Coverage>('coverage');
  const services = new Set([value, ...(coverage?.services.map(({ sdk }) => sdk) ?? [])]);
  return (
    <FormField label={label}>
      <Select
        selectedOption={{ value }}
        options={[...services].map((each) => ({ value: each }))}
        filteringType="auto"
        onChange={({ detail }) => onChange(detail.selectedOption.value!)}
      />
    </FormField>
  );
}

/** The models that are meant, by a pattern. */
export function ModelField(props: FieldProps & { example?: string }) {
  return (
    <FormField label={props.label} constraintText="With * and ?; empty: all">
      <Input
        value={props.value}
        placeholder={props.example ?? 'anthropic.claude-*'}
        onChange={({ detail }) => props.onChange(detail.value)}
      />
    </FormField>
  );
}

/** As rules, outages and quotas have the pattern: absent where all models are meant. */
export const modelOf = (pattern: string): { model?: string } =>
  pattern.trim() === '' ? {} : { model: pattern.trim() };
