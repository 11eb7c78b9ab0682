import FormField from '@cloudscape-design/components/form-field';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Textarea from '@cloudscape-design/components/textarea';
import { KeyValueRows, type KeyValue } from '../../ui/key-value-rows.tsx';

/** A secret's value as it is typed: keys with values, kept as a JSON object, or a text as it is. */
export type SecretDraft = { kind: 'pairs' | 'text'; pairs: KeyValue[]; text: string };

export const emptyDraft = (): SecretDraft => ({ kind: 'pairs', pairs: [{ key: '', value: '' }], text: '' });

export function draftOf(text: string): SecretDraft {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const entries = Object.entries(value);
      if (entries.every(([, one]) => typeof one === 'string'))
        return { kind: 'pairs', pairs: entries.map(([key, one]) => ({ key, value: String(one) })), text };
    }
  } catch {
    // Not JSON: a text as it is.
  }
  return { kind: 'text', pairs: [], text };
}

export const textOf = ({ kind, pairs, text }: SecretDraft): string =>
  kind === 'text' ? text : JSON.stringify(Object.fromEntries(pairs.map(({ key, value }) => [key, value])));

export const isComplete = ({ kind, pairs, text }: SecretDraft): boolean =>
  kind === 'text'
    ? text !== ''
    : pairs.length > 0 &&
      pairs.every(({ key }) => key !== '') &&
      new Set(pairs.map(({ key }) => key)).size === pairs.length;

export function ValueFields({ draft, onChange }: { draft: SecretDraft; onChange: (draft: SecretDraft) => void }) {
  const turn = (kind: SecretDraft['kind']) =>
    onChange(
      kind === 'text'
        ? { ...draft, kind, text: isComplete(draft) ? textOf(draft) : draft.text }
        : { ...draftOf(draft.text), kind },
    );
  return (
    <>
      <SegmentedControl
        label="Form of the secret"
        selectedId={draft.kind}
        options={[
          { id: 'pairs', text: 'Key/value' },
          { id: 'text', text: 'Plaintext' },
        ]}
        onChange={({ detail }) => turn(detail.selectedId as SecretDraft['kind'])}
      />
      {draft.kind === 'pairs' ? (
        <KeyValueRows rows={draft.pairs} onChange={(pairs) => onChange({ ...draft, pairs })} noun="row" />
      ) : (
        <FormField label="Plaintext" stretch>
          <Textarea
            value={draft.text}
            rows={6}
            spellcheck={false}
            onChange={({ detail }) => onChange({ ...draft, text: detail.value })}
          />
        </FormField>
      )}
    </>
  );
}
