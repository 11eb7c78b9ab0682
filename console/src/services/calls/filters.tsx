import Select from '@cloudscape-design/components/select';
import { useMemo } from 'react';
import { isDenied, kindOf, whoOf, type ListedCall } from './types.ts';
import './filters.css';

/** What rows are shown, as the page's address says it: `{ service: 's3', result: 'failed' }`. */
export type Filter = Partial<Record<string, string>>;

const RESULTS: Record<string, { text: string; is: (call: ListedCall) => boolean }> = {
  succeeded: { text: 'Succeeded', is: ({ error }) => error === undefined },
  failed: { text: 'Failed', is: ({ error }) => error !== undefined },
  denied: { text: 'Denied', is: isDenied },
};

const FIELDS: { id: string; label: string; value: (call: ListedCall) => string; text?: (value: string) => string }[] = [
  { id: 'service', label: 'Service', value: ({ service }) => service },
  { id: 'operation', label: 'Operation', value: ({ operation }) => operation },
  { id: 'who', label: 'Who', value: ({ principal }) => principal, text: whoOf },
  { id: 'answer', label: 'Answered by', value: (call) => kindOf(call) ?? 'service' },
  { id: 'rule', label: 'Rule', value: ({ rule }) => rule ?? '' },
];

export function matches(call: ListedCall, filter: Filter): boolean {
  if (filter['result'] !== undefined && RESULTS[filter['result']]?.is(call) === false) return false;
  return FIELDS.every(({ id, value }) => filter[id] === undefined || value(call) === filter[id]);
}

/** One choice for each, of what there is. */
export function CallFilters({
  calls,
  filter,
  change,
}: {
  calls: readonly ListedCall[];
  filter: Filter;
  change: (filter: Record<string, string>) => void;
}) {
  const values = useMemo(
    () =>
      FIELDS.map(({ value, id }) => {
        const of =
          id === 'operation' && filter['service'] !== undefined
            ? calls.filter(({ service }) => service === filter['service'])
            : calls;
        return [...new Set(of.map(value))].filter((each) => each !== '').sort();
      }),
    [calls, filter],
  );
  const set = (id: string, value: string) => {
    const next = { ...filter, [id]: value };
    // Operations are a service's.
    if (id === 'service') delete next['operation'];
    change(Object.fromEntries(Object.entries(next).filter(([, each]) => each)) as Record<string, string>);
  };
  return (
    <div className="call-filters">
      {FIELDS.map(({ id, label, text }, index) => (
        <Choice
          key={id}
          label={label}
          value={filter[id] ?? ''}
          options={[...new Set([...values[index]!, ...(filter[id] === undefined ? [] : [filter[id]])])].map(
            (value) => ({
              value,
              label: text?.(value) ?? value,
            }),
          )}
          onChange={(value) => set(id, value)}
        />
      ))}
      <Choice
        label="Result"
        value={filter['result'] ?? ''}
        options={Object.entries(RESULTS).map(([value, { text }]) => ({ value, label: text }))}
        onChange={(value) => set('result', value)}
      />
    </div>
  );
}

function Choice(props: {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  const any = { value: '', label: 'Any' };
  return (
    <Select
      inlineLabelText={props.label}
      filteringType={props.options.length > 8 ? 'auto' : 'none'}
      filteringAriaLabel={`Find: ${props.label}`}
      expandToViewport
      selectedOption={props.options.find(({ value }) => value === props.value) ?? any}
      options={[any, ...props.options]}
      onChange={({ detail }) => props.onChange(detail.selectedOption.value ?? '')}
    />
  );
}
