import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { ResourceTable } from '../../../ui/resource-table.tsx';
import { bytesText } from '../../../ui/text.ts';
import { isArchived, nameOf, type ObjectProps } from '../model.ts';
import { parseCsv, separatorOf } from './csv.ts';
import { JsonTree } from './json-tree.tsx';
import { kindOf } from './kinds.ts';
import { useBlobAddress, useText } from './read.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const TEXT_STEP = 256 * KIB;
const CSV_STEP = 512 * KIB;
/** A whole value is needed to show it folded. */
const JSON_MAX = 8 * MIB;
/** What is loaded without being asked for. */
const MEDIA_UNASKED_MAX = 32 * MIB;

type Props = ObjectProps & { head: HeadObjectCommandOutput };

/** What is in an object. */
export function Preview(props: Props) {
  const { head, objectKey } = props;
  const size = head.ContentLength ?? 0;
  const { kind, type } = kindOf(head.ContentType, nameOf(objectKey));
  if (isArchived(head.StorageClass) && !head.Restore?.includes('ongoing-request="false"'))
    return (
      <Alert type="info" header="The object is archived">
        {head.Restore === undefined
          ? 'Restore it on the tab Properties to read it.'
          : 'It is being restored. It can be read once that is done.'}
      </Alert>
    );
  if (size === 0) return <Box>The object is empty.</Box>;
  if (kind === 'json' && size <= JSON_MAX) return <JsonPreview {...props} size={size} />;
  if (kind === 'csv') return <CsvPreview {...props} size={size} type={type} />;
  if (kind === 'text' || kind === 'json') return <TextPreview {...props} size={size} />;
  if (kind === 'none') return <Unknown {...props} size={size} />;
  return <MediaPreview {...props} kind={kind} type={type} size={size} />;
}

type Sized = Props & { size: number };

function Unknown(props: Sized) {
  const [asText, setAsText] = useState(false);
  if (asText) return <TextPreview {...props} />;
  return (
    <SpaceBetween size="s">
      <Box>
        There is no preview of objects of type {props.head.ContentType ?? 'unknown'}. Download it, or look at it as
        text.
      </Box>
      <Button onClick={() => setAsText(true)}>Show as text</Button>
    </SpaceBetween>
  );
}

function More({ text, size }: { text: ReturnType<typeof useText>; size: number }) {
  return (
    <SpaceBetween direction="horizontal" size="s" alignItems="center">
      <Box>
        {text.whole
          ? `All of it: ${bytesText(size)}`
          : `The first ${bytesText(text.bytes?.byteLength ?? 0)} of ${bytesText(size)}`}
      </Box>
      {!text.whole && (
        <Button loading={text.reading} onClick={text.more}>
          Load more
        </Button>
      )}
    </SpaceBetween>
  );
}

function TextPreview(props: Sized) {
  const text = useText(props, props.size, TEXT_STEP);
  if (text.error) return <Failure error={text.error} retry={text.retry} />;
  if (text.text === undefined) return <Loading />;
  return (
    <SpaceBetween size="s">
      <CodeBlock text={text.text} label="Content" />
      <More text={text} size={props.size} />
    </SpaceBetween>
  );
}

function JsonPreview(props: Sized) {
  const { text, error, retry } = useText(props, props.size, JSON_MAX);
  const [as, setAs] = useState('folded');
  const parsed = useMemo(() => {
    if (text === undefined) return undefined;
    try {
      return { value: JSON.parse(text) as unknown };
    } catch (failure) {
      return { failure: (failure as Error).message };
    }
  }, [text]);
  if (error) return <Failure error={error} retry={retry} />;
  if (text === undefined || parsed === undefined) return <Loading />;
  if ('failure' in parsed)
    return (
      <SpaceBetween size="s">
        <Alert type="warning" header="It says that it is JSON, and is not">
          {parsed.failure}
        </Alert>
        <TextPreview {...props} />
      </SpaceBetween>
    );
  return (
    <SpaceBetween size="s">
      <SegmentedControl
        label="How it is shown"
        selectedId={as}
        onChange={({ detail }) => setAs(detail.selectedId)}
        options={[
          { id: 'folded', text: 'Folded' },
          { id: 'pretty', text: 'Indented' },
          { id: 'raw', text: 'As it is' },
        ]}
      />
      {as === 'folded' ? (
        <Container>
          <section className="s3-json" aria-label="Content">
            <JsonTree value={parsed.value} open />
          </section>
        </Container>
      ) : (
        <CodeBlock text={as === 'raw' ? text : JSON.stringify(parsed.value, undefined, 2)} label="Content" />
      )}
    </SpaceBetween>
  );
}

function CsvPreview(props: Sized & { type: string }) {
  const text = useText(props, props.size, CSV_STEP);
  const rows = useMemo(() => {
    if (text.text === undefined) return undefined;
    const found = parseCsv(text.text, separatorOf(text.text, props.type));
    // The last row may be cut off.
    if (!text.whole) found.pop();
    return found;
  }, [text.text, text.whole, props.type]);
  if (text.error) return <Failure error={text.error} retry={text.retry} />;
  if (rows === undefined) return <Loading />;
  const [header = [], ...values] = rows;
  return (
    <SpaceBetween size="s">
      <ResourceTable<{ row: number; values: string[] }>
        key={header.join(',')}
        title="Rows"
        noun="row"
        items={values.map((each, index) => ({ row: index + 1, values: each }))}
        idOf={({ row }) => `row ${row}`}
        columns={[
          { id: 'row', header: 'Row', width: 80, cell: ({ row }) => row },
          ...header.map((name, index) => ({
            id: `column-${index}`,
            header: name === '' ? `Column ${index + 1}` : name,
            cell: ({ values: each }: { values: string[] }) => each[index] ?? '',
            value: ({ values: each }: { values: string[] }) => numberOr(each[index] ?? ''),
          })),
        ]}
        empty={<Box>There is a header, and no rows.</Box>}
      />
      <More text={text} size={props.size} />
    </SpaceBetween>
  );
}

const numberOr = (text: string): string | number => (/^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text);

function MediaPreview(props: Sized & { kind: 'image' | 'pdf' | 'audio' | 'video'; type: string }) {
  const { size, kind, type, objectKey } = props;
  const [wanted, setWanted] = useState(size <= MEDIA_UNASKED_MAX);
  const { address, came, error } = useBlobAddress(props, type, wanted);
  const name = nameOf(objectKey);
  if (!wanted)
    return (
      <Container header={<Header variant="h3">{name}</Header>}>
        <Button onClick={() => setWanted(true)}>{`Load ${bytesText(size)} to show it`}</Button>
      </Container>
    );
  if (error !== undefined) return <Failure error={error} />;
  if (address === undefined)
    return (
      <ProgressBar
        label="Loading"
        value={(100 * came) / size}
        description={`${bytesText(came)} of ${bytesText(size)}`}
      />
    );
  // SVG runs no scripts in an <img>; a frame is given PDF only.
  if (kind === 'image') return <img className="s3-image" src={address} alt={name} />;
  // The browser's own viewer of PDF does not run in a sandbox. The address is of this page's own making, and its type is PDF.
  // oxlint-disable-next-line react/iframe-missing-sandbox
  if (kind === 'pdf') return <iframe className="s3-frame" src={address} title={name} />;
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  if (kind === 'audio') return <audio className="s3-media" src={address} controls aria-label={name} />;
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  return <video className="s3-media" src={address} controls aria-label={name} />;
}
