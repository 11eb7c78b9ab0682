import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Input from '@cloudscape-design/components/input';

export type KeyValue = { key: string; value: string };

/** Keys and values that are added and removed row by row: tags, secrets, encryption contexts. */
export function KeyValueRows(props: {
  rows: readonly KeyValue[];
  onChange: (rows: KeyValue[]) => void;
  /** Of one row: `tag`. */
  noun: string;
  keyLabel?: string;
  valueLabel?: string;
  hidden?: boolean;
}) {
  const { rows, onChange, noun, keyLabel = 'Key', valueLabel = 'Value' } = props;
  const change = (index: number, change: Partial<KeyValue>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...change } : row)));
  return (
    <AttributeEditor<KeyValue>
      items={rows}
      addButtonText={`Add ${noun}`}
      removeButtonText="Remove"
      removeButtonAriaLabel={(row) => `Remove ${noun} ${row.key}`}
      onAddButtonClick={() => onChange([...rows, { key: '', value: '' }])}
      onRemoveButtonClick={({ detail }) => onChange(rows.filter((_row, index) => index !== detail.itemIndex))}
      empty={`There is no ${noun} yet.`}
      definition={[
        {
          label: keyLabel,
          errorText: (row) =>
            row.key !== '' && rows.filter(({ key }) => key === row.key).length > 1
              ? 'This key is there twice.'
              : undefined,
          control: (row, index) => (
            <Input
              ariaLabel={`${keyLabel} ${index + 1}`}
              value={row.key}
              autoComplete={false}
              onChange={({ detail }) => change(index, { key: detail.value })}
            />
          ),
        },
        {
          label: valueLabel,
          control: (row, index) => (
            <Input
              ariaLabel={`${valueLabel} ${index + 1}`}
              value={row.value}
              autoComplete={false}
              type={props.hidden ? 'password' : 'text'}
              onChange={({ detail }) => change(index, { value: detail.value })}
            />
          ),
        },
      ]}
    />
  );
}
