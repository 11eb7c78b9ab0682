import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Toggle from '@cloudscape-design/components/toggle';
import { useMemo, useState } from 'react';
import { JsonBlock } from '../../../ui/code-block.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { gistOf } from './gist.ts';
import { listKeys, readLines, readText, useFiles, type Place } from './objects.ts';

type BatchRecord = {
  recordId?: string;
  modelInput?: unknown;
  modelOutput?: unknown;
  error?: { errorCode?: number; errorMessage?: string };
};
type Row = { at: number; record: BatchRecord };

/** What a job has written: manifest, and the records of its files. */
export function BatchResults({ folder }: { folder: Place }) {
  const [chosen, setChosen] = useState<string>();
  const keys = useFiles(['keys', folder], (session, signal) => listKeys(session, folder, signal));
  const outputs = (keys.data ?? []).filter((key) => key.endsWith('.jsonl.out'));
  const manifestKey = keys.data?.find((key) => key.endsWith('/manifest.json.out'));
  const manifest = useFiles(
    manifestKey === undefined ? undefined : ['manifest', folder.bucket, manifestKey],
    async (session, signal) =>
      JSON.parse(await readText(session, { bucket: folder.bucket, key: manifestKey! }, signal)) as Record<
        string,
        number
      >,
  );
  const key = chosen ?? outputs[0];
  if (keys.error) return <Failure error={keys.error} retry={() => void keys.refetch()} />;
  if (!keys.data) return <Loading text="Looking for results" />;
  return (
    <>
      <Container header={<Header variant="h2">Manifest</Header>}>
        {manifest.error ? (
          <Failure error={manifest.error} />
        ) : manifest.data ? (
          <KeyValuePairs
            columns={4}
            items={Object.entries(manifest.data).map(([name, value]) => ({
              label: wordsOf(name),
              value: value.toLocaleString('en'),
            }))}
          />
        ) : (
          <Box color="text-body-secondary">
            {manifestKey === undefined ? 'The job wrote no manifest.' : 'Reading the manifest'}
          </Box>
        )}
      </Container>
      {outputs.length > 1 && (
        <Select
          ariaLabel="File of results"
          selectedOption={{ value: key!, label: nameOf(key!) }}
          options={outputs.map((value) => ({ value, label: nameOf(value) }))}
          onChange={({ detail }) => setChosen(detail.selectedOption.value)}
        />
      )}
      {key !== undefined && <Records key={key} place={{ bucket: folder.bucket, key }} />}
    </>
  );
}

const nameOf = (key: string): string => key.split('/').at(-1)!;
const wordsOf = (name: string): string => {
  const words = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

function Records({ place }: { place: Place }) {
  const [onlyErrors, setOnlyErrors] = useState(false);
  const [open, setOpen] = useState<Row>();
  const lines = useFiles(['records', place], async (session, signal) =>
    readLines(await readText(session, place, signal)).map((line, at): Row => ({
      at,
      record: typeof line === 'object' ? (line as BatchRecord) : { modelInput: line },
    })),
  );
  const columns = useMemo((): ResourceColumn<Row>[] => columnsOf(setOpen), []);
  const shown = onlyErrors ? lines.data?.filter(({ record }) => record.error) : lines.data;
  return (
    <>
      <ResourceTable
        title={`Records of ${nameOf(place.key)}`}
        noun="record"
        items={shown}
        error={lines.error}
        refresh={() => void lines.refetch()}
        columns={columns}
        idOf={({ at }) => String(at)}
        above={
          <Toggle checked={onlyErrors} onChange={({ detail }) => setOnlyErrors(detail.checked)}>
            Only records that failed
          </Toggle>
        }
        empty={<Box>{onlyErrors ? 'No record failed.' : 'The file is empty.'}</Box>}
      />
      {open && (
        <Modal
          visible
          size="large"
          header={`Record ${open.record.recordId ?? open.at + 1}`}
          closeAriaLabel="Close"
          onDismiss={() => setOpen(undefined)}
        >
          <SpaceBetween size="m">
            {open.record.error && (
              <StatusIndicator type="error">
                {open.record.error.errorCode}: {open.record.error.errorMessage}
              </StatusIndicator>
            )}
            <Box variant="h3">Input</Box>
            <JsonBlock value={open.record.modelInput} label="Input" />
            {open.record.modelOutput !== undefined && (
              <>
                <Box variant="h3">Output</Box>
                <JsonBlock value={open.record.modelOutput} label="Output" />
              </>
            )}
          </SpaceBetween>
        </Modal>
      )}
    </>
  );
}

const columnsOf = (open: (row: Row) => void): ResourceColumn<Row>[] => [
  {
    id: 'record',
    header: 'Record',
    isRowHeader: true,
    value: ({ record, at }) => record.recordId ?? at + 1,
    cell: (row) => (
      <Button
        variant="inline-link"
        onClick={() => open(row)}
        ariaLabel={`Open record ${row.record.recordId ?? row.at + 1}`}
      >
        {row.record.recordId ?? `Line ${row.at + 1}`}
      </Button>
    ),
    width: 160,
  },
  {
    id: 'status',
    header: 'Status',
    value: ({ record }) =>
      record.error ? `Error ${record.error.errorCode ?? ''} ${record.error.errorMessage ?? ''}` : 'Answered',
    cell: ({ record }) =>
      record.error ? (
        <StatusIndicator type="error">
          {record.error.errorCode}: {record.error.errorMessage}
        </StatusIndicator>
      ) : (
        <StatusIndicator type="success">Answered</StatusIndicator>
      ),
    width: 240,
  },
  { id: 'input', header: 'Input', cell: ({ record }) => gistOf(record.modelInput, 'last') },
  { id: 'output', header: 'Output', cell: ({ record }) => gistOf(record.modelOutput, 'first') },
];
