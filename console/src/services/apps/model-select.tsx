import Select, { type SelectProps } from '@cloudscape-design/components/select';
import type { Model } from './types.ts';

/** A choice of models, by provider, each with what answers for it. */
export function ModelSelect(props: {
  label: string;
  models: readonly Model[] | undefined;
  value: string;
  onChange: (id: string) => void;
}) {
  const { models = [], value } = props;
  const options: SelectProps.OptionGroup[] = [...new Set(models.map(({ provider }) => provider))].map((provider) => ({
    label: provider,
    options: models
      .filter((model) => model.provider === provider)
      .map(({ id, name, backend }) => ({
        value: id,
        label: name,
        description: id,
        tags: [backend === 'builtin' ? 'built-in worker' : backend],
      })),
  }));
  const known = models.find(({ id }) => id === value);
  return (
    <Select
      ariaLabel={props.label}
      filteringType="auto"
      filteringAriaLabel="Find models"
      statusType={props.models ? 'finished' : 'loading'}
      options={options}
      selectedOption={value === '' ? null : { value, label: known?.name ?? value }}
      placeholder="Choose a model"
      empty="No model of this kind is offered in this region."
      onChange={({ detail }) => props.onChange(detail.selectedOption.value!)}
    />
  );
}
