import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMemo, useState } from 'react';
import { JsonBlock } from '../../../ui/code-block.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { itemOf, scoreText, type Item } from './evaluation-report.ts';
import './jobs.css';
import { readLines, readText, useFiles, type Place } from './objects.ts';
import { idOf } from './status.tsx';

const LENGTH_MAX = 200;
const short = (text: string): string => (text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text);

/** The prompts of a file of results, one a row, and one of them whole. */
export function EvaluationItems({ place }: { place: Place }) {
  const [open, setOpen] = useState<Item>();
  const items = useFiles(['items', place], async (session, signal) =>
    readLines(await readText(session, place, signal)).map((line, at) => itemOf(line as Item['line'], at)),
  );
  const metrics = useMemo(
    () => [...new Set((items.data ?? []).flatMap(({ scores }) => scores.map(({ metricName }) => metricName)))],
    [items.data],
  );
  const isHuman = items.data?.some(({ answers }) => answers > 0) ?? false;
  const columns = useMemo(() => columnsOf(metrics, isHuman, setOpen), [metrics, isHuman]);
  const dataset = /\/datasets\/([^/]+)\//.exec(place.key)?.[1] ?? place.key;
  return (
    <>
      <ResourceTable
        title={`Prompts of ${dataset}`}
        noun="prompt"
        items={items.data}
        error={items.error}
        refresh={() => void items.refetch()}
        columns={columns}
        idOf={({ at }) => String(at)}
        empty={<Box>The file has no lines.</Box>}
      />
      {open && <ItemDialog item={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function columnsOf(metrics: string[], isHuman: boolean, open: (item: Item) => void): ResourceColumn<Item>[] {
  return [
    {
      id: 'at',
      header: 'Line',
      isRowHeader: true,
      width: 90,
      value: ({ at }) => at,
      cell: (item) => (
        <Button variant="inline-link" ariaLabel={`Open line ${item.at + 1}`} onClick={() => open(item)}>
          {item.at + 1}
        </Button>
      ),
    },
    { id: 'prompt', header: 'Prompt', width: 240, value: ({ prompt }) => prompt, cell: ({ prompt }) => short(prompt) },
    { id: 'category', header: 'Category', width: 120, cell: ({ category }) => category || '–' },
    {
      id: 'responses',
      header: 'Responses',
      width: 220,
      value: ({ responses }) => responses.map(({ text }) => text).join('\n'),
      cell: ({ responses }) =>
        responses.map(({ from, text, isError }) => (
          <div key={from}>{isError ? <StatusIndicator type="error">{short(text)}</StatusIndicator> : short(text)}</div>
        )),
    },
    ...metrics.map((name): ResourceColumn<Item> => {
      const resultOf = (item: Item) => item.scores.find(({ metricName }) => metricName === name)?.result ?? undefined;
      return { id: name, header: name, width: 130, value: resultOf, cell: (item) => scoreText(resultOf(item)) };
    }),
    ...(isHuman ? [{ id: 'answers', header: 'Answers', width: 110, cell: ({ answers }: Item) => answers }] : []),
  ];
}

function ItemDialog({ item, onClose }: { item: Item; onClose: () => void }) {
  return (
    <Modal visible size="large" header={`Line ${item.at + 1}`} closeAriaLabel="Close" onDismiss={onClose}>
      <SpaceBetween size="m">
        <Said title="Prompt" text={item.prompt} />
        {item.reference !== '' && <Said title="Reference" text={item.reference} />}
        {item.responses.map(({ from, text }) => (
          <Said key={from} title={idOf(from)} text={text} />
        ))}
        {item.scores.map(({ metricName, result, explanation }, at) => (
          // A turn of a conversation has the metrics of the one before again.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={`${metricName} ${at}`}>
            <Box variant="h3">{`${metricName}: ${scoreText(result)}`}</Box>
            {explanation !== undefined && <div className="said">{explanation}</div>}
          </div>
        ))}
        <ExpandableSection headerText="The line as it is">
          <JsonBlock value={item.line} />
        </ExpandableSection>
      </SpaceBetween>
    </Modal>
  );
}

const Said = ({ title, text }: { title: string; text: string }) => (
  <div>
    <Box variant="h3">{title}</Box>
    <div className="said">{text}</div>
  </div>
);
