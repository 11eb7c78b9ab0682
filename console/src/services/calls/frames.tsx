import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Slider from '@cloudscape-design/components/slider';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { CodeBlock, JsonBlock } from '../../ui/code-block.tsx';
import { bytesText } from '../../ui/text.ts';
import { readableOf } from './marks.ts';
import type { Frame } from './types.ts';
import './filters.css';

const ROWS = 20;

/** An answer's events: any of them, with what had been said by then, and all in a list. */
export function Frames({ frames, count }: { frames: readonly Frame[]; count: number }) {
  const [at, setAt] = useState(1);
  const [page, setPage] = useState(1);
  const frame = frames[at - 1];
  if (!frame)
    return (
      <Container>
        <Box>The stream ended before its first event.</Box>
      </Container>
    );
  const go = (to: number) => {
    const place = Math.min(frames.length, Math.max(1, to));
    setAt(place);
    setPage(Math.ceil(place / ROWS));
  };
  const before = frames[at - 2];
  const said = textOf(frames.slice(0, at));
  return (
    <SpaceBetween size="m">
      {count > frames.length && (
        <Alert type="info">
          The first {frames.length.toLocaleString('en')} of {count.toLocaleString('en')} frames are kept.
        </Alert>
      )}
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  iconName="angle-left"
                  ariaLabel="Previous frame"
                  disabled={at === 1}
                  onClick={() => go(at - 1)}
                />
                <Button
                  iconName="angle-right"
                  ariaLabel="Next frame"
                  disabled={at === frames.length}
                  onClick={() => go(at + 1)}
                />
              </SpaceBetween>
            }
          >
            Frame {at} of {frames.length}: {frame.event}
          </Header>
        }
      >
        <SpaceBetween size="s">
          {frames.length > 1 && (
            <FormField
              label="Frame"
              description={`${frame.atMs} ms after the request came in${before ? `, ${(frame.atMs - before.atMs).toFixed(1)} ms after the one before` : ''}; ${bytesText(frame.bytes)}`}
            >
              <Slider
                value={at}
                min={1}
                max={frames.length}
                onChange={({ detail }) => go(detail.value)}
                ariaLabel="Frame"
              />
            </FormField>
          )}
          <JsonBlock value={readableOf(frame.content)} label={`Frame ${at}`} />
          {said !== '' && (
            <div>
              <Box variant="awsui-key-label">Said by then</Box>
              <CodeBlock text={said} label="Said by then" />
            </div>
          )}
        </SpaceBetween>
      </Container>
      <Table
        items={frames
          .slice((page - 1) * ROWS, page * ROWS)
          .map((each, index) => ({ ...each, number: (page - 1) * ROWS + index + 1 }))}
        trackBy={({ number }) => String(number)}
        variant="container"
        wrapLines
        ariaLabels={{ tableLabel: 'Frames' }}
        header={
          <Header variant="h2" counter={`(${frames.length})`}>
            All frames
          </Header>
        }
        {...(frames.length > ROWS
          ? {
              pagination: (
                <Pagination
                  currentPageIndex={page}
                  pagesCount={Math.ceil(frames.length / ROWS)}
                  onChange={({ detail }) => setPage(detail.currentPageIndex)}
                  ariaLabels={{
                    nextPageLabel: 'Next frames',
                    previousPageLabel: 'Previous frames',
                    pageLabel: (number) => `Page ${number} of the frames`,
                  }}
                />
              ),
            }
          : {})}
        columnDefinitions={[
          {
            id: 'number',
            header: 'Frame',
            cell: ({ number }) => (
              <Button variant="inline-link" ariaLabel={`Show frame ${number}`} onClick={() => go(number)}>
                {number}
              </Button>
            ),
            width: 90,
          },
          { id: 'at', header: 'At', cell: ({ atMs }) => `${atMs} ms`, width: 130 },
          { id: 'event', header: 'Event', cell: ({ event }) => event, isRowHeader: true, width: 190 },
          {
            id: 'content',
            header: 'Content',
            cell: ({ content }) => <code className="breaks">{JSON.stringify(readableOf(content)).slice(0, 160)}</code>,
          },
        ]}
      />
    </SpaceBetween>
  );
}

/** What a model had said: in Converse's events, or in a native body's chunks of whatever family. */
function textOf(frames: readonly Frame[]): string {
  return frames.map(({ event, content }) => (event === 'contentBlockDelta' ? deltaOf(content) : '')).join('');
}

function deltaOf(content: unknown): string {
  const { delta } = (content ?? {}) as {
    delta?: { text?: unknown; toolUse?: { input?: unknown }; reasoningContent?: { text?: unknown } };
  };
  const text = delta?.text ?? delta?.toolUse?.input ?? delta?.reasoningContent?.text;
  return typeof text === 'string' ? text : '';
}
