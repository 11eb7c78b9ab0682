import { S3Client, SelectObjectContentCommand, type InputSerialization } from '@aws-sdk/client-s3';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSend } from '../../aws/call.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Editor } from '../../ui/editor.tsx';
import { Failure } from '../../ui/failure.tsx';
import { bytesText } from '../../ui/text.ts';
import type { ObjectProps } from './model.ts';

const FORMATS: { value: string; label: string; input: InputSerialization }[] = [
  { value: 'csv', label: 'CSV, first line is the header', input: { CSV: { FileHeaderInfo: 'USE' } } },
  { value: 'csv-bare', label: 'CSV without a header', input: { CSV: { FileHeaderInfo: 'NONE' } } },
  {
    value: 'tsv',
    label: 'TSV, first line is the header',
    input: { CSV: { FileHeaderInfo: 'USE', FieldDelimiter: '\t' } },
  },
  { value: 'lines', label: 'JSON, one value a line', input: { JSON: { Type: 'LINES' } } },
  { value: 'document', label: 'JSON, one document', input: { JSON: { Type: 'DOCUMENT' } } },
  { value: 'parquet', label: 'Apache Parquet', input: { Parquet: {} } },
];
const ENDINGS: Record<string, string> = {
  tsv: 'tsv',
  json: 'document',
  jsonl: 'lines',
  ndjson: 'lines',
  parquet: 'parquet',
};
const SHOWN_MAX = 512 * 1024;

/** SQL over one object, answered as lines of JSON. */
export function SelectQuery({ bucket, objectKey }: ObjectProps) {
  const send = useSend(S3Client);
  const guess = ENDINGS[objectKey.split('.').at(-1)!.toLowerCase()] ?? 'csv';
  const [format, setFormat] = useState(FORMATS.find(({ value }) => value === guess)!);
  const [sql, setSql] = useState('SELECT * FROM S3Object s LIMIT 20');
  const [answer, setAnswer] = useState<{ text: string; cut: boolean; scanned?: number }>();
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);

  async function run() {
    setPending(true);
    setError(undefined);
    setAnswer(undefined);
    try {
      const { Payload } = await send(SelectObjectContentCommand, {
        Bucket: bucket,
        Key: objectKey,
        Expression: sql,
        ExpressionType: 'SQL',
        InputSerialization: format.input,
        OutputSerialization: { JSON: {} },
      });
      const decoder = new TextDecoder();
      let text = '';
      let scanned: number | undefined;
      for await (const event of Payload!) {
        if (event.Records?.Payload) text += decoder.decode(event.Records.Payload, { stream: true });
        if (event.Stats) scanned = event.Stats.Details?.BytesScanned;
        if (text.length > SHOWN_MAX) break;
      }
      setAnswer({ text: text.slice(0, SHOWN_MAX), cut: text.length > SHOWN_MAX, scanned });
    } catch (failure) {
      setError(failure);
    }
    setPending(false);
  }

  return (
    <SpaceBetween size="m">
      <FormField label="Format of the object">
        <Select
          selectedOption={{ value: format.value, label: format.label }}
          options={FORMATS.map(({ value, label }) => ({ value, label }))}
          onChange={({ detail }) => setFormat(FORMATS.find(({ value }) => value === detail.selectedOption.value)!)}
        />
      </FormField>
      <FormField label="SQL" stretch>
        <Editor label="SQL" language="text" value={sql} onChange={setSql} minHeight="60px" />
      </FormField>
      <Button variant="primary" loading={pending} disabled={sql.trim() === ''} onClick={() => void run()}>
        Run query
      </Button>
      {error !== undefined && <Failure error={error} />}
      {answer && (
        <SpaceBetween size="xs">
          <Box>
            {answer.text === ''
              ? 'No rows.'
              : answer.cut
                ? `The first ${bytesText(SHOWN_MAX)} of the answer:`
                : 'Answer:'}
            {answer.scanned !== undefined && ` ${bytesText(answer.scanned)} scanned.`}
          </Box>
          {answer.text !== '' && <CodeBlock text={answer.text} label="Answer" />}
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
