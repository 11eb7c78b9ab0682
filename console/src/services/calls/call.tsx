import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { factsOf } from '../../aws/failure.ts';
import { useStack } from '../../aws/stack.ts';
import { CodeBlock, JsonBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { CodeOf } from '../../ui/show-code.tsx';
import { bytesText, durationText, timeText, usdText } from '../../ui/text.ts';
import { Decisions, DeniedBy } from './decisions.tsx';
import { Frames } from './frames.tsx';
import { MakeCassette } from './make-cassette.tsx';
import { MakeTest } from './make-test.tsx';
import { isWhole, plainOf, readableOf } from './marks.ts';
import { ruleOf } from './rule-of.ts';
import { ruleText } from '../rules/text.ts';
import { errorOf, isDenied, kindOf, type CallDetail } from './types.ts';

const TRAIL = [{ text: 'Calls', href: '#/calls' }];

/** One call: what was asked and answered, why, by what, for how much. */
export function Call() {
  const { requestId = '' } = useParams();
  const { data, error, refetch } = useStack<CallDetail>(`calls/${encodeURIComponent(requestId)}`);
  if (error)
    return (
      <Page title="Call" trail={TRAIL}>
        {factsOf(error).message.startsWith('Nothing is known') ? (
          <Unknown requestId={requestId} retry={() => void refetch()} />
        ) : (
          <Failure error={error} retry={() => void refetch()} />
        )}
      </Page>
    );
  return data ? <Known call={data} /> : <Loading />;
}

function Unknown({ requestId, retry }: { requestId: string; retry: () => void }) {
  return (
    <Alert type="info" header="Nothing is known of this call" action={<Button onClick={retry}>Look again</Button>}>
      <SpaceBetween size="xs">
        <div>
          The stack keeps its latest calls in the memory of the process that answered them. Call{' '}
          <code>{requestId}</code> is not among them: it is too long ago, was made before the last start or reset, goes
          on yet, or was answered by another process of the stack.
        </div>
        <div>
          Denied calls are remembered for longer:{' '}
          <Link href={`#/iam/why/${encodeURIComponent(requestId)}`}>why it was denied</Link>. All calls are in the{' '}
          <Link href="#/calls">list of calls</Link>, management calls in CloudTrail’s event history.
        </div>
      </SpaceBetween>
    </Alert>
  );
}

type Making = 'cassette' | 'test';

function Known({ call }: { call: CallDetail }) {
  const [making, setMaking] = useState<Making>();
  const navigate = useNavigate();
  const failed = errorOf(call);
  const denied = isDenied({
    ...(failed ? { error: failed.name } : {}),
    ...(call.allowed === undefined ? {} : { allowed: call.allowed }),
  });
  const makeRule = () => {
    const { rule, left } = ruleOf(call);
    const note = denied
      ? 'This call was denied, and rules stand after permissions: the rule is asked once whoever calls may.'
      : left;
    void navigate('/rules/new', { state: { text: ruleText([rule]), ...(note === undefined ? {} : { note }) } });
  };
  return (
    <Page
      title={`${call.service}.${call.operation}`}
      trail={TRAIL}
      description={
        <>
          Request id <code>{call.requestId}</code>
        </>
      }
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={call.forgotten === true} onClick={() => setMaking('test')}>
            Make a test of it
          </Button>
          <Button
            disabled={!call.recordable}
            disabledReason="It has secrets, a stream as body, is too long or was made inside the stack: record such calls with a rule."
            onClick={() => setMaking('cassette')}
          >
            Make a cassette of it
          </Button>
          <Button variant="primary" disabled={call.forgotten === true} onClick={makeRule}>
            Make a rule of it
          </Button>
        </SpaceBetween>
      }
    >
      {failed && (
        <Alert type="error" header={failed.name}>
          <SpaceBetween size="xs">
            <div>{failed.message}</div>
            {denied && <DeniedBy call={call} />}
          </SpaceBetween>
        </Alert>
      )}
      {call.forgotten && (
        <Alert type="info">
          Only the line of this call is still known: its request and answer have made way for later ones.
        </Alert>
      )}
      <Summary call={call} />
      <Tabs ariaLabel="Parts of the call" tabs={tabsOf(call)} />
      {making === 'cassette' && (
        <MakeCassette calls={[call]} onClose={() => setMaking(undefined)} onMade={() => setMaking(undefined)} />
      )}
      {making === 'test' && <MakeTest call={call} onClose={() => setMaking(undefined)} />}
    </Page>
  );
}

function Summary({ call }: { call: CallDetail }) {
  const failed = errorOf(call) !== undefined;
  const kind = kindOf(call);
  return (
    <Container header={<Header variant="h2">Summary</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Time', value: timeText(call.timeMs) },
          { label: 'Who', value: <code>{call.principal}</code> },
          {
            label: 'Status',
            value: <StatusIndicator type={failed ? 'error' : 'success'}>{call.status}</StatusIndicator>,
          },
          {
            label: 'Decision',
            value: call.allowed === undefined ? 'No permission was asked for' : call.allowed ? 'Allowed' : 'Denied',
          },
          { label: 'Region', value: call.region },
          { label: 'Model', value: call.model ?? '–' },
          {
            label: 'Answered by',
            value: (
              <>
                {call.answer ?? 'the service'}
                {call.rule !== undefined && kind !== undefined && (
                  <>
                    {' '}
                    (<Link href={`#/rules/rule/${encodeURIComponent(call.rule)}`}>rule {call.rule}</Link>)
                  </>
                )}
              </>
            ),
          },
          {
            label: 'Latency',
            value: `${durationText(call.durationUs)}${call.answeredUs === undefined ? '' : `; the answer began after ${durationText(call.answeredUs)}`}`,
          },
          { label: 'Cost', value: usdText(call.usd) },
          ...(call.request
            ? [
                { label: 'From', value: call.request.invokedBy ?? call.request.ip },
                { label: 'Access key', value: call.request.accessKeyId ?? '–' },
                { label: 'Client', value: call.request.userAgent === '' ? '–' : call.request.userAgent },
              ]
            : []),
        ]}
      />
    </Container>
  );
}

function tabsOf(call: CallDetail) {
  const failed = errorOf(call);
  const shownOutput = Object.fromEntries(Object.entries(call.output ?? {}).filter(([key]) => key !== call.eventsOf));
  return [
    {
      id: 'request',
      label: 'Request',
      content: (
        <Container>
          <SpaceBetween size="s">
            {call.request && (
              <Box color="text-body-secondary">
                {call.request.method} {call.request.path} at {call.request.host},{' '}
                {SIGNED[call.request.signature] ?? call.request.signature}
              </Box>
            )}
            {call.input === undefined ? (
              <Box>What was asked is not known.</Box>
            ) : (
              <JsonBlock value={readableOf(call.input)} label="Request" />
            )}
          </SpaceBetween>
        </Container>
      ),
    },
    {
      id: 'response',
      label: 'Response',
      content: (
        <Container>
          <SpaceBetween size="s">
            {failed && (
              <JsonBlock value={typeof call.error === 'object' ? readableOf(call.error) : failed} label="Error" />
            )}
            {call.output !== undefined && Object.keys(shownOutput).length > 0 && (
              <JsonBlock value={readableOf(shownOutput)} label="Response" />
            )}
            {call.output === undefined && !failed && (
              <Box>Of the answer no more is known than its status: it was a body as it stood.</Box>
            )}
            {call.output !== undefined && Object.keys(shownOutput).length === 0 && !failed && (
              <Box>
                {call.frames
                  ? 'All of the answer came as a stream of events: see Frames.'
                  : 'The answer has no members.'}
              </Box>
            )}
          </SpaceBetween>
        </Container>
      ),
    },
    ...(call.frames
      ? [
          {
            id: 'frames',
            label: `Frames (${call.frameCount ?? call.frames.length})`,
            content: <Frames frames={call.frames} count={call.frameCount ?? call.frames.length} />,
          },
        ]
      : []),
    {
      id: 'decisions',
      label: `Permissions (${call.decisions.length})`,
      content: <Decisions call={call} />,
    },
    { id: 'cost', label: 'Cost', content: <Costs call={call} /> },
    { id: 'code', label: 'Code', content: <Repeat call={call} /> },
  ];
}

const SIGNED: Record<string, string> = {
  header: 'signed in its headers',
  query: 'signed in its address (presigned)',
  bearer: 'with an API key',
  none: 'not signed',
  inside: 'made inside the stack',
};

function Costs({ call }: { call: CallDetail }) {
  const { costs = [] } = call;
  return (
    <Table
      variant="container"
      items={costs}
      ariaLabels={{ tableLabel: 'Cost of the call' }}
      header={
        <Header variant="h2" description="By list prices; what has no known price is counted, and costs nothing here.">
          Cost: {usdText(call.usd)}
        </Header>
      }
      empty={<Box>Nothing was metered: the call is free, or failed.</Box>}
      columnDefinitions={[
        { id: 'type', header: 'Usage', cell: ({ type }) => type, isRowHeader: true },
        { id: 'resource', header: 'Of', cell: ({ resource }) => resource ?? '–' },
        {
          id: 'quantity',
          header: 'Quantity',
          cell: ({ quantity, unit }) =>
            unit === 'bytes' ? bytesText(quantity) : `${quantity.toLocaleString('en')} ${unit}`,
        },
        { id: 'usd', header: 'Cost', cell: ({ usd }) => usdText(usd) },
      ]}
    />
  );
}

function Repeat({ call }: { call: CallDetail }) {
  if (call.serviceId === undefined || call.input === undefined) return <Box>What was asked is not known.</Box>;
  return (
    <Container>
      <SpaceBetween size="s">
        {!isWhole(call.input) && (
          <Alert type="info">
            Secrets, streams and long values are not kept: put them in where the code says what is missing.
          </Alert>
        )}
        <CodeOf
          calls={[
            {
              serviceId: call.serviceId,
              operation: call.operation,
              input: plainOf(call.input) as Record<string, unknown>,
            },
          ]}
        />
        <CodeBlock text={`outcrop why ${call.requestId}`} label="Why by the command" />
      </SpaceBetween>
    </Container>
  );
}
