import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import { useRefresh } from '../../aws/call.ts';
import { useAsk, useStack } from '../../aws/stack.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText } from '../../ui/text.ts';
import {
  isOfApi,
  playsFrom,
  recordIdOf,
  recordsTo,
  replayIdOf,
  replayRuleOf,
  writtenOf,
  type Cassette,
  type ListedRule,
  type Miss,
  type Rule,
  type RuleList,
} from './types.ts';
import { modelOf, ModelField, ServiceField } from './scope.tsx';
import './rules.css';

const EVERY_MS = 2_000;
const TRAIL = [{ text: 'Rules', href: '#/rules' }];

/** Recorded calls: what is recorded, played back, and missed. */
export function Cassettes() {
  const { data, error, refetch } = useStack<{ cassettes: Cassette[] }>('cassettes', { refetchMs: EVERY_MS });
  const { data: list } = useStack<RuleList>('rules', { refetchMs: EVERY_MS });
  const rules = list?.rules;
  const missed =
    data?.cassettes.flatMap(({ cassette, missed: misses }) => misses.map((miss) => ({ ...miss, cassette }))) ?? [];
  return (
    <Page
      title="Cassettes"
      trail={TRAIL}
      description="Calls as they were on the wire, in files: recorded once, played back as often as you like."
    >
      <Record rules={rules} />
      <ResourceTable
        title="Cassettes"
        noun="cassette"
        items={data?.cassettes}
        error={error}
        refresh={() => void refetch()}
        idOf={({ cassette }) => cassette}
        columns={[
          {
            id: 'cassette',
            header: 'Cassette',
            cell: ({ cassette }) => (
              <Link href={`#/rules/cassettes/entries?cassette=${encodeURIComponent(cassette)}`}>{cassette}</Link>
            ),
            value: ({ cassette }) => cassette,
            isRowHeader: true,
            width: 230,
          },
          { id: 'entries', header: 'Entries', cell: ({ entries }) => entries, width: 115 },
          { id: 'recorded', header: 'Recorded', cell: ({ recorded }) => recorded, width: 130 },
          { id: 'played', header: 'Played', cell: ({ played }) => played, width: 110 },
          { id: 'misses', header: 'Misses', cell: ({ misses }) => misses, width: 110 },
          {
            id: 'record',
            header: 'Record',
            cell: ({ cassette }) => <Switch kind="record" cassette={cassette} rules={rules} />,
            width: 115,
          },
          {
            id: 'replay',
            header: 'Replay',
            cell: ({ cassette }) => <Switch kind="replay" cassette={cassette} rules={rules} />,
            width: 130,
          },
        ]}
        empty={
          <Empty title="No cassette has been recorded or played">
            Record above, or choose calls that were made and make a cassette of them. By the command:
            <CodeBlock text={'outcrop record calls.yaml -- npm test\noutcrop replay calls.yaml -- npm test'} />
          </Empty>
        }
      />
      {missed.length > 0 && (
        <Container
          header={
            <Header variant="h2" counter={`(${missed.length})`}>
              Latest misses
            </Header>
          }
        >
          <SpaceBetween size="s">
            {missed.map((miss) => (
              <Missed key={miss.requestId} miss={miss} />
            ))}
          </SpaceBetween>
        </Container>
      )}
    </Page>
  );
}

/** A call that a cassette did not have, beside the entry that is nearest to it. */
function Missed({ miss }: { miss: Miss & { cassette: string } }) {
  return (
    <ExpandableSection
      headerText={`${miss.call} at ${timeText(miss.timeMs)}`}
      headerDescription={`Not in ${miss.cassette}`}
      defaultExpanded
    >
      <SpaceBetween size="xs">
        <Box>
          − stands in the cassette, + was asked. <Link href={`#/calls/${miss.requestId}`}>The call</Link>
        </Box>
        <Diff text={miss.message} />
      </SpaceBetween>
    </ExpandableSection>
  );
}

/** Lines that begin with - and + as such. */
function Diff({ text }: { text: string }) {
  return (
    <section className="code-block diff" aria-label="Difference">
      {/* Long lines are scrolled to, by keyboard as well. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>
        {text.split('\n').map((line, index) => {
          const kind = /^\s*- /.test(line) ? 'removed' : /^\s*\+ /.test(line) ? 'added' : 'same';
          return (
            // oxlint-disable-next-line react/no-array-index-key -- the lines of a text have no other key
            <span key={index} className={`diff-${kind}`}>
              {line}
              {'\n'}
            </span>
          );
        })}
      </pre>
    </section>
  );
}

/** Recording to a cassette, or playing from it: a rule, which is there or is not. */
function Switch({
  kind,
  cassette,
  rules,
}: {
  kind: 'record' | 'replay';
  cassette: string;
  rules: readonly ListedRule[] | undefined;
}) {
  const ask = useAsk();
  const refresh = useRefresh();
  const of = kind === 'record' ? recordsTo : playsFrom;
  const found = rules?.find((rule) => of(rule) === cassette);
  const isOn = found !== undefined && found.enabled !== false;
  const switched = useAction(async (signal, on: boolean) => {
    const id = found?.id ?? (kind === 'record' ? recordIdOf(cassette) : replayIdOf(cassette));
    if (found) {
      const { enabled: _before, ...written } = writtenOf(found);
      await ask('PUT', `rules/${encodeURIComponent(id)}`, on ? written : { ...written, enabled: false }, signal);
    } else {
      const rule: Rule = kind === 'record' ? { record: cassette } : replayRuleOf(cassette);
      await ask('PUT', `rules/${encodeURIComponent(id)}`, rule, signal);
    }
    await refresh();
  });
  return (
    <Toggle
      checked={isOn}
      disabled={rules === undefined || switched.pending || (found !== undefined && !isOfApi(found))}
      onChange={({ detail }) => void switched.run(detail.checked)}
      ariaLabel={`${kind === 'record' ? 'Record to' : 'Replay from'} ${cassette}`}
    >
      {isOn ? 'On' : 'Off'}
    </Toggle>
  );
}

/** Recording of a service's calls, or a model's, to a cassette of a name. */
function Record({ rules }: { rules: readonly ListedRule[] | undefined }) {
  const ask = useAsk();
  const refresh = useRefresh();
  const [cassette, setCassette] = useState('cassettes/calls.yaml');
  const [service, setService] = useState('bedrock-runtime');
  const [model, setModel] = useState('');
  const [wrong, setWrong] = useState<string>();
  const recording = rules?.filter((rule) => recordsTo(rule) !== undefined && rule.enabled !== false) ?? [];
  const start = useAction(async (signal) => {
    const name = cassette.trim();
    if (name === '') {
      setWrong('A cassette has a name: a file below the folder that the stack works in.');
      return;
    }
    setWrong(undefined);
    await ask('PUT', `rules/${recordIdOf(name)}`, { service, ...modelOf(model), record: name }, signal);
    tellSuccess(`Calls of ${service} are recorded to ${name} from now on.`);
    await refresh();
  });
  const stop = useAction(async (signal, rule: ListedRule) => {
    await ask('PUT', `rules/${encodeURIComponent(rule.id)}`, { ...writtenOf(rule), enabled: false }, signal);
    tellSuccess(`Nothing is recorded to ${recordsTo(rule)} any more.`);
    await refresh();
  });
  return (
    <Container
      header={
        <Header variant="h2" description="A rule that lets calls pass, and writes them down.">
          Record
        </Header>
      }
    >
      <SpaceBetween size="m">
        {recording.map((rule) => (
          <Alert
            key={rule.id}
            type="warning"
            header={`Recording to ${recordsTo(rule)}`}
            {...(isOfApi(rule)
              ? {
                  action: (
                    <Button loading={stop.pending} onClick={() => void stop.run(rule)}>
                      Stop recording
                    </Button>
                  ),
                }
              : {})}
          >
            {[rule.service].flat().join(', ') || 'All services'}
            {rule.model === undefined ? '' : `, ${[rule.model].flat().join(', ')}`}: {rule.used}{' '}
            {rule.used === 1 ? 'call' : 'calls'} so far.
          </Alert>
        ))}
        <div className="fault-scope">
          <FormField label="Cassette file" errorText={wrong}>
            <Input value={cassette} onChange={({ detail }) => setCassette(detail.value)} />
          </FormField>
          <ServiceField label="Service to record" value={service} onChange={setService} />
          <ModelField label="Model to record" value={model} onChange={setModel} />
        </div>
        <Button iconName="caret-right-filled" loading={start.pending} onClick={() => void start.run()}>
          Start recording
        </Button>
      </SpaceBetween>
    </Container>
  );
}
