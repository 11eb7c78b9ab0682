import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { ClockState } from '../../aws/clock.ts';
import { useStack } from '../../aws/stack.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { timeText } from '../../ui/text.ts';
import { PRESETS } from './presets.ts';
import { distanceText, durationMs, useMoveClock } from './use-clock.ts';

const EVERY_MS = 1_000;

/** The time that the stack goes by. */
export function Clock() {
  const { data, error, refetch, dataUpdatedAt } = useStack<ClockState>('clock', { refetchMs: EVERY_MS });
  const { move, pending, abort } = useMoveClock();
  return (
    <Page
      title="Clock"
      description="Everything in the stack goes by this clock: jobs, schedules, expiry, quotas. Signatures are judged by real time, so clients need not know."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {data?.frozenAtMs === undefined ? (
            <Button iconName="pause" disabled={!data || pending} onClick={() => void move({ action: 'freeze' })}>
              Freeze
            </Button>
          ) : (
            <Button disabled={pending} onClick={() => void move({ action: 'run' })}>
              Let it run on
            </Button>
          )}
          <Button
            variant="primary"
            disabled={!data || data.real || pending}
            onClick={() => void move({ action: 'reset' })}
          >
            Back to real time
          </Button>
        </SpaceBetween>
      }
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && <Now clock={data} askedMs={dataUpdatedAt} />}
      {pending && (
        <Alert type="info" header="The clock is moving" action={<Button onClick={abort}>Do not wait for it</Button>}>
          Every job that falls due on the way is run, one after another.
        </Alert>
      )}
      <ColumnLayout columns={2}>
        <Advance disabled={pending} move={move} />
        <Set disabled={pending} move={move} {...(data ? { now: data.now } : {})} />
      </ColumnLayout>
      <Container header={<Header variant="h2">By the command</Header>}>
        <CodeBlock text={'outcrop clock freeze\noutcrop clock advance 1d\noutcrop clock reset'} />
      </Container>
    </Page>
  );
}

function Now({ clock, askedMs }: { clock: ClockState; askedMs: number }) {
  const isFrozen = clock.frozenAtMs !== undefined;
  const ahead = Date.parse(clock.now) - askedMs;
  return (
    <Container header={<Header variant="h2">Now</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: 'Time of the stack',
            value: (
              <Box variant="span" fontSize="heading-l">
                <span data-testid="stack-time">{timeText(clock.now)}</span>
              </Box>
            ),
          },
          {
            label: 'State',
            value: clock.real ? (
              <StatusIndicator type="success">Real time</StatusIndicator>
            ) : isFrozen ? (
              <StatusIndicator type="stopped">Frozen</StatusIndicator>
            ) : (
              <StatusIndicator type="in-progress">Runs, moved</StatusIndicator>
            ),
          },
          {
            label: 'Against real time',
            value:
              clock.real || Math.abs(ahead) < 2_000
                ? 'The same'
                : `${distanceText(ahead)} ${ahead > 0 ? 'ahead' : 'behind'}`,
          },
        ]}
      />
    </Container>
  );
}

type Move = ReturnType<typeof useMoveClock>['move'];

function Advance({ disabled, move }: { disabled: boolean; move: Move }) {
  const [text, setText] = useState('');
  const ms = durationMs(text);
  const [tried, setTried] = useState(false);
  const wrong = tried && ms === undefined ? 'A duration: 90m, 1d 12h, 2 weeks.' : undefined;
  const advance = async () => {
    setTried(true);
    if (ms !== undefined && (await move({ action: 'advance', ms }))) {
      setText('');
      setTried(false);
    }
  };
  return (
    <Container
      header={
        <Header variant="h2" description="Jobs that fall due on the way are run.">
          Advance
        </Header>
      }
    >
      <SpaceBetween size="m">
        <SpaceBetween direction="horizontal" size="xs">
          {PRESETS.map((preset) => (
            <Button
              key={preset.ms}
              disabled={disabled}
              ariaLabel={`Advance by ${preset.name}`}
              onClick={() => void move({ action: 'advance', ms: preset.ms })}
            >
              {preset.name}
            </Button>
          ))}
        </SpaceBetween>
        <FormField
          label="Advance by"
          errorText={wrong}
          secondaryControl={
            <Button disabled={disabled} onClick={() => void advance()}>
              Advance
            </Button>
          }
        >
          <Input
            value={text}
            placeholder="1d 12h"
            onChange={({ detail }) => setText(detail.value)}
            onKeyDown={({ detail }) => {
              if (detail.key === 'Enter') void advance();
            }}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function Set({ disabled, move, now }: { disabled: boolean; move: Move; now?: string }) {
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const time = new Date(
    /[zZ]|[+-]\d\d:?\d\d$/.test(text) || !/T|\s/.test(text.trim()) ? text : text.trim().replace(' ', 'T'),
  );
  const wrong =
    tried && Number.isNaN(time.getTime())
      ? 'A date, or a date and a time: 2027-01-31, 2027-01-31 09:30, 2027-01-31T09:30:00Z.'
      : undefined;
  const set = async () => {
    setTried(true);
    if (Number.isNaN(time.getTime())) return;
    if (await move({ action: 'set', at: time.toISOString() })) {
      setText('');
      setTried(false);
    }
  };
  return (
    <Container
      header={
        <Header variant="h2" description="Ahead, jobs that fall due on the way are run; back, nothing is undone.">
          Set
        </Header>
      }
    >
      <FormField
        label="Set to"
        constraintText="In this browser's zone, unless it says another."
        errorText={wrong}
        secondaryControl={
          <Button disabled={disabled} onClick={() => void set()}>
            Set
          </Button>
        }
      >
        <Input
          value={text}
          placeholder={timeText(now).replace(',', '')}
          onChange={({ detail }) => setText(detail.value)}
          onKeyDown={({ detail }) => {
            if (detail.key === 'Enter') void set();
          }}
        />
      </FormField>
    </Container>
  );
}
