import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { FormModal } from '../../../../ui/form-modal.tsx';
import { Choice } from '../editor/fields.tsx';
import type { Decision } from '../explain.ts';
import { newRowId, type BenchRow } from './rows.ts';

export const EXPECTED_LABELS: Record<Decision, string> = { allow: 'Allow', block: 'Block', mask: 'Mask' };
export const EXPECTED: Decision[] = ['allow', 'block', 'mask'];
export const SOURCE_LABELS = { INPUT: 'Input', OUTPUT: 'Output' } as const;
export const SOURCES: ('INPUT' | 'OUTPUT')[] = ['INPUT', 'OUTPUT'];

/** A labelled text, typed. */
export function RowDialog(props: { row?: BenchRow; save: (row: BenchRow) => void; onClose: () => void }) {
  const { row, save, onClose } = props;
  const [text, setText] = useState(row?.text ?? '');
  const [expected, setExpected] = useState<Decision>(row?.expected ?? 'block');
  const [source, setSource] = useState<'INPUT' | 'OUTPUT'>(row?.source ?? 'INPUT');
  const [policy, setPolicy] = useState(row?.policy ?? '');
  const [groundingSource, setGroundingSource] = useState(row?.groundingSource ?? '');
  const [query, setQuery] = useState(row?.query ?? '');
  return (
    <FormModal
      title={row ? 'Edit text' : 'Add text'}
      action={row ? 'Save' : 'Add'}
      disabled={text.trim() === ''}
      submit={async () =>
        save({
          id: row?.id ?? newRowId(),
          text,
          expected,
          source,
          ...(policy.trim() === '' ? {} : { policy: policy.trim() }),
          ...(source === 'INPUT' || groundingSource.trim() === '' ? {} : { groundingSource }),
          ...(source === 'INPUT' || query.trim() === '' ? {} : { query }),
        })
      }
      close={onClose}
    >
      <FormField label="Labelled text" stretch>
        <Textarea value={text} rows={4} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
      <ColumnLayout columns={2} minColumnWidth={140}>
        <FormField label="Expected">
          <Choice value={expected} options={EXPECTED} labels={EXPECTED_LABELS} onChange={setExpected} />
        </FormField>
        <FormField label="Source">
          <Choice value={source} options={SOURCES} labels={SOURCE_LABELS} onChange={setSource} />
        </FormField>
      </ColumnLayout>
      <FormField
        label="Policy - optional"
        description="What should fire: content, topic, word, pii, regex or grounding; or a filter, as HATE, EMAIL or a topic's name."
      >
        <Input value={policy} onChange={({ detail }) => setPolicy(detail.value)} />
      </FormField>
      {source === 'OUTPUT' && (
        <SpaceBetween size="m">
          <FormField label="Grounding source - optional" stretch>
            <Textarea value={groundingSource} rows={3} onChange={({ detail }) => setGroundingSource(detail.value)} />
          </FormField>
          <FormField label="Query - optional" stretch>
            <Textarea value={query} rows={2} onChange={({ detail }) => setQuery(detail.value)} />
          </FormField>
        </SpaceBetween>
      )}
    </FormModal>
  );
}
