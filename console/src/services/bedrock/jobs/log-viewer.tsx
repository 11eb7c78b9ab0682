import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMemo, useState } from 'react';
import { useClockState } from '../../../aws/clock.ts';
import { useSignedIn } from '../../../aws/session.ts';
import { Empty } from '../../../ui/empty.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { timeText } from '../../../ui/text.ts';
import './jobs.css';
import { listLogFiles, logPlace, readRecords, type LogRecord } from './log-records.ts';
import { LogRecordDialog } from './log-record.tsx';
import { useFiles } from './objects.ts';
import { idOf } from './status.tsx';

/** Files that are read at first, and then more. */
const FILES_AT_ONCE = 50;
const ANY = 'any';
const TIMES = [
  { value: ANY, label: 'Any time', ms: Number.POSITIVE_INFINITY },
  { value: 'hour', label: 'Last hour', ms: 3_600_000 },
  { value: 'day', label: 'Last 24 hours', ms: 86_400_000 },
  { value: 'week', label: 'Last 7 days', ms: 7 * 86_400_000 },
];

/** `arn:aws:sts::0:assumed-role/Reader/ann` → `assumed-role/Reader/ann`. */
const identityOf = ({ identity }: LogRecord): string => identity?.arn?.split(':').slice(5).join(':') ?? '–';
const modelOf = ({ modelId }: LogRecord): string => idOf(modelId);

/** The records of a log: newest first, filtered, one of them whole. */
export function LogViewer({ s3 }: { s3: { bucketName: string; keyPrefix: string } }) {
  const session = useSignedIn();
  const clock = useClockState();
  const [wanted, setWanted] = useState(FILES_AT_ONCE);
  const [open, setOpen] = useState<LogRecord>();
  const [filters, setFilters] = useState({ time: ANY, model: ANY, operation: ANY, identity: ANY });
  const place = logPlace(s3, session);
  const files = useFiles(['log files', place], (of, signal) => listLogFiles(of, place, signal));
  const records = useFiles(files.data ? ['log records', place, files.data.slice(0, wanted)] : undefined, (of, signal) =>
    readRecords(of, place.bucket, files.data!.slice(0, wanted), signal),
  );
  const columns = useMemo(() => columnsOf(setOpen), []);
  const all = records.data;
  const from = (clock ? Date.parse(clock.now) : 0) - TIMES.find(({ value }) => value === filters.time)!.ms;
  const shown = all?.filter(
    (record) =>
      Date.parse(record.timestamp) >= from &&
      (filters.model === ANY || modelOf(record) === filters.model) &&
      (filters.operation === ANY || record.operation === filters.operation) &&
      (filters.identity === ANY || identityOf(record) === filters.identity),
  );
  const tokens = (of: (record: LogRecord) => number | undefined) =>
    (shown ?? []).reduce((sum, record) => sum + (of(record) ?? 0), 0).toLocaleString('en');
  const filter = (name: 'model' | 'operation' | 'identity', label: string, of: (record: LogRecord) => string) => (
    <Choice
      label={label}
      value={filters[name]}
      options={[
        { value: ANY, label: `Any ${label.toLowerCase()}` },
        ...[...new Set((all ?? []).map(of))].sort().map((value) => ({ value, label: value })),
      ]}
      onChange={(value) => setFilters({ ...filters, [name]: value })}
    />
  );
  const more = files.data ? files.data.length - wanted : 0;
  return (
    <>
      <ResourceTable
        title="Records"
        noun="record"
        items={shown}
        error={files.error ?? records.error}
        columns={columns}
        idOf={({ requestId }) => requestId}
        sortedBy="-time"
        refresh={() => void files.refetch()}
        refreshing={files.isFetching}
        description={`${tokens(({ input }) => input?.inputTokenCount)} input tokens, ${tokens(
          ({ output }) => output?.outputTokenCount,
        )} output tokens`}
        actions={
          more > 0 ? (
            <Button loading={records.isFetching} onClick={() => setWanted(wanted + FILES_AT_ONCE)}>
              Read {Math.min(more, FILES_AT_ONCE)} older files
            </Button>
          ) : null
        }
        above={
          <div className="filters">
            <Choice
              label="Time"
              value={filters.time}
              options={TIMES}
              onChange={(time) => setFilters({ ...filters, time })}
            />
            {filter('model', 'Model', modelOf)}
            {filter('operation', 'Operation', ({ operation }) => operation)}
            {filter('identity', 'Identity', identityOf)}
          </div>
        }
        empty={
          <Empty title={all?.length ? 'No record is of this kind' : 'No records yet'}>
            {all?.length
              ? 'Choose other filters.'
              : `Ask a model something. Records are written some minutes later, to s3://${place.bucket}/${place.key}`}
          </Empty>
        }
      />
      {open && <LogRecordDialog record={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Choice(props: {
  label: string;
  value: string;
  options: { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <FormField label={props.label}>
      <Select
        selectedOption={props.options.find(({ value }) => value === props.value) ?? null}
        options={props.options}
        onChange={({ detail }) => props.onChange(detail.selectedOption.value!)}
      />
    </FormField>
  );
}

const columnsOf = (open: (record: LogRecord) => void): ResourceColumn<LogRecord>[] => [
  {
    id: 'time',
    header: 'Time',
    isRowHeader: true,
    width: 190,
    value: ({ timestamp }) => timestamp,
    cell: (record) => (
      <Button
        variant="inline-link"
        ariaLabel={`${timeText(record.timestamp)}: open ${record.requestId}`}
        onClick={() => open(record)}
      >
        {timeText(record.timestamp)}
      </Button>
    ),
  },
  { id: 'model', header: 'Model', width: 260, cell: modelOf },
  {
    id: 'operation',
    header: 'Operation',
    value: ({ operation, errorCode }) => `${operation} ${errorCode ?? ''}`,
    cell: ({ operation, errorCode }) => (
      <>
        {operation}
        {errorCode !== undefined && (
          <Box>
            <StatusIndicator type="error">{errorCode}</StatusIndicator>
          </Box>
        )}
      </>
    ),
  },
  { id: 'identity', header: 'Identity', cell: identityOf },
  { id: 'input', header: 'Input tokens', cell: ({ input }) => input?.inputTokenCount ?? '–' },
  { id: 'output', header: 'Output tokens', cell: ({ output }) => output?.outputTokenCount ?? '–' },
];
