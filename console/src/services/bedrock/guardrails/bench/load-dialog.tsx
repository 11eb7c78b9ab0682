import Alert from '@cloudscape-design/components/alert';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import Textarea from '@cloudscape-design/components/textarea';
import Toggle from '@cloudscape-design/components/toggle';
import { useMemo, useState } from 'react';
import { FormModal } from '../../../../ui/form-modal.tsx';
import { Choice } from '../editor/fields.tsx';
import type { Decision } from '../explain.ts';
import { EXPECTED, EXPECTED_LABELS, SOURCE_LABELS, SOURCES } from './row-dialog.tsx';
import { parseRows, type BenchRow } from './rows.ts';

const PROBLEMS_SHOWN = 5;
const FILE_BYTES_MAX = 10 * 1024 * 1024;

/** Many texts at once: pasted, or from a file. */
export function LoadDialog(props: {
  count: number;
  add: (rows: BenchRow[], replace: boolean) => void;
  onClose: () => void;
}) {
  const { count, add, onClose } = props;
  const [files, setFiles] = useState<File[]>([]);
  const [fileError, setFileError] = useState<string>();
  const [text, setText] = useState('');
  const [expected, setExpected] = useState<Decision>('block');
  const [source, setSource] = useState<'INPUT' | 'OUTPUT'>('INPUT');
  const [replace, setReplace] = useState(false);
  const { rows, problems } = useMemo(() => parseRows(text, { expected, source }), [text, expected, source]);

  async function read(chosen: File[]) {
    setFiles(chosen);
    setFileError(undefined);
    const [file] = chosen;
    if (!file) return;
    if (file.size > FILE_BYTES_MAX) setFileError('The file is larger than 10 MiB.');
    else setText(await file.text());
  }

  return (
    <FormModal
      title="Add many texts"
      size="large"
      action={`Add ${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'text' : 'texts'}`}
      disabled={rows.length === 0}
      submit={async () => add(rows, replace)}
      close={onClose}
    >
      <FormField
        label="File"
        description="CSV, JSONL or JSON with the columns text, expected (allow, block or mask), policy, source, grounding_source and query. Only text must be there."
        errorText={fileError}
      >
        <FileUpload
          value={files}
          accept=".csv,.tsv,.json,.jsonl,.txt"
          onChange={({ detail }) => void read(detail.value)}
          showFileSize
          i18nStrings={{
            uploadButtonText: () => 'Choose file',
            dropzoneText: () => 'Drop a file here',
            removeFileAriaLabel: () => 'Remove file',
            limitShowFewer: 'Show fewer',
            limitShowMore: 'Show more',
            errorIconAriaLabel: 'Error',
          }}
        />
      </FormField>
      <FormField label="Texts" description="The same, pasted; or one text on each line." stretch>
        <Textarea value={text} rows={8} spellcheck={false} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
      <ColumnLayout columns={2} minColumnWidth={160}>
        <FormField label="Expected, where it is not told">
          <Choice value={expected} options={EXPECTED} labels={EXPECTED_LABELS} onChange={setExpected} />
        </FormField>
        <FormField label="Source, where it is not told">
          <Choice value={source} options={SOURCES} labels={SOURCE_LABELS} onChange={setSource} />
        </FormField>
      </ColumnLayout>
      {count > 0 && (
        <Toggle checked={replace} onChange={({ detail }) => setReplace(detail.checked)}>
          Replace the {count.toLocaleString('en')} texts of the table
        </Toggle>
      )}
      {problems.length > 0 && (
        <Alert type="warning" header={`${problems.length.toLocaleString('en')} cannot be read`}>
          {problems.slice(0, PROBLEMS_SHOWN).map((problem) => (
            <div key={problem}>{problem}</div>
          ))}
          {problems.length > PROBLEMS_SHOWN && <div>And more like these.</div>}
        </Alert>
      )}
    </FormModal>
  );
}
