import Button from '@cloudscape-design/components/button';
import { useState } from 'react';

const STEP = 200;

/** A JSON value, its objects and lists folded; what is folded is not drawn. */
export function JsonTree({ value, name, open }: { value: unknown; name?: string; open?: boolean }) {
  const [opened, setOpened] = useState(open ?? false);
  const [shown, setShown] = useState(STEP);
  const label = name === undefined ? null : <strong>{name}: </strong>;
  if (typeof value !== 'object' || value === null)
    return (
      <div>
        {label}
        {JSON.stringify(value)}
      </div>
    );
  const isList = Array.isArray(value);
  const entries: [string, unknown][] = isList
    ? value.map((each, index) => [String(index), each])
    : Object.entries(value);
  const count = `${entries.length.toLocaleString('en')} ${isList ? (entries.length === 1 ? 'item' : 'items') : entries.length === 1 ? 'member' : 'members'}`;
  return (
    <details open={opened} onToggle={({ currentTarget }) => setOpened(currentTarget.open)}>
      <summary>
        {label}
        {isList ? `[ ${count} ]` : `{ ${count} }`}
      </summary>
      {opened && entries.slice(0, shown).map(([key, each]) => <JsonTree key={key} name={key} value={each} />)}
      {opened && shown < entries.length && (
        <Button onClick={() => setShown(shown + STEP)}>{`Show ${Math.min(STEP, entries.length - shown)} more`}</Button>
      )}
    </details>
  );
}
