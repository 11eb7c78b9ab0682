import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Textarea from '@cloudscape-design/components/textarea';
import { useState, type ReactNode } from 'react';
import { isAbort } from '../../../aws/failure.ts';
import { send, clientOf } from '../../../aws/call.ts';
import { useSignedIn } from '../../../aws/session.ts';
import { useAction } from '../../../ui/action.ts';
import { JsonBlock } from '../../../ui/code-block.tsx';
import { Editor } from '../../../ui/editor.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { CodeOf } from '../../../ui/show-code.tsx';
import { contextOf } from './context.ts';
import type { Lab, Widget } from './parse.ts';
import { changeProgress, useProgress } from './progress.ts';
import type { LabModule, RunResult } from './types.ts';

type Of<K extends Widget['kind']> = { lab: Lab; module: LabModule; widget: Extract<Widget, { kind: K }> };

/** What a learner fills in or sets off. */
export function WidgetOf({ lab, module, widget }: { lab: Lab; module: LabModule; widget: Widget }) {
  if (widget.kind === 'input') return <InputWidget lab={lab} module={module} widget={widget} />;
  if (widget.kind === 'run') return <RunWidget lab={lab} module={module} widget={widget} />;
  return <CallWidget lab={lab} module={module} widget={widget} />;
}

/** The text of a widget, kept with each change. */
function useText(lab: Lab, id: string, first: string): [string, (text: string) => void] {
  const session = useSignedIn();
  const { inputs } = useProgress(session, lab.id);
  return [
    inputs[id] ?? first,
    (text) => changeProgress(session, lab.id, (before) => ({ inputs: { ...before.inputs, [id]: text } })),
  ];
}

function InputWidget({ lab, module, widget }: Of<'input'>) {
  const { id, label, type, options, rows, constraint, run, button } = widget;
  const [value, change] = useText(lab, id, widget.value ?? '');
  const field: ReactNode =
    type === 'choice' ? (
      <Select
        selectedOption={value === '' ? null : { value, label: value }}
        options={(options ?? []).map((option) => ({ value: option, label: option }))}
        placeholder="Choose"
        onChange={({ detail }) => change(detail.selectedOption.value!)}
      />
    ) : rows === undefined ? (
      <Input
        value={value}
        onChange={({ detail }) => change(detail.value)}
        {...(type === 'number' ? { inputMode: 'decimal' as const } : {})}
        autoComplete={false}
      />
    ) : (
      <Textarea value={value} rows={rows} onChange={({ detail }) => change(detail.value)} spellcheck={false} />
    );
  return (
    <SpaceBetween size="s">
      <FormField label={label} stretch={rows !== undefined} {...(constraint ? { constraintText: constraint } : {})}>
        {field}
      </FormField>
      {run !== undefined && (
        <RunWidget lab={lab} module={module} widget={{ kind: 'run', id: `${id}-run`, run, button: button ?? 'Run' }} />
      )}
    </SpaceBetween>
  );
}

function RunWidget({ lab, module, widget }: Of<'run'>) {
  const session = useSignedIn();
  const result = useProgress(session, lab.id).results[widget.id];
  const [far, setFar] = useState('');
  const [error, setError] = useState<unknown>();
  const { run, pending, abort } = useAction(async (signal) => {
    setError(undefined);
    setFar('');
    const act = module.runs?.[widget.run];
    if (!act) throw new Error(`This lab has no run "${widget.run}".`);
    try {
      const shown = await act(contextOf(session, lab, signal, { progress: setFar }));
      changeProgress(session, lab.id, (before) => ({ results: { ...before.results, [widget.id]: shown } }));
    } catch (failure) {
      if (!isAbort(failure)) setError(failure);
    }
  });
  return (
    <SpaceBetween size="s">
      <SpaceBetween size="xs" direction="horizontal" alignItems="center">
        <Button loading={pending} onClick={() => void run()}>
          {widget.button}
        </Button>
        {pending && <Button onClick={abort}>Cancel</Button>}
        {pending && far !== '' && <StatusIndicator type="loading">{far}</StatusIndicator>}
      </SpaceBetween>
      <div aria-live="polite" data-testid={`result-${widget.id}`}>
        {error !== undefined ? <Failure error={error} /> : result && <Result result={result} />}
      </div>
    </SpaceBetween>
  );
}

/** What a run showed: words, and a table. */
function Result({ result: { text, rows } }: { result: RunResult }) {
  const columns = Object.keys(rows?.[0] ?? {});
  return (
    <SpaceBetween size="xs">
      {text !== undefined && <Box variant="p">{text}</Box>}
      {columns.length > 0 && (
        // A wide table is scrolled to, by keyboard as well.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <section className="lab-table" tabIndex={0} aria-label="Result">
          <table>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows!.map((row, at) => (
                // Rows have no names of their own, and never change places.
                // oxlint-disable-next-line react/no-array-index-key
                <tr key={at}>
                  {columns.map((column) => (
                    <td key={column}>
                      <pre>{row[column]}</pre>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </SpaceBetween>
  );
}

function CallWidget({ lab, module, widget }: Of<'call'>) {
  const session = useSignedIn();
  const first = firstText(lab, useProgress(session, lab.id).inputs, widget);
  const [text, change] = useText(lab, widget.id, first);
  const [answer, setAnswer] = useState<unknown>();
  const [error, setError] = useState<unknown>();
  const [of, Command] = module.calls?.[widget.operation] ?? [];
  const read = readInput(text, widget.documents ?? []);
  const { run, pending, abort } = useAction(async (signal) => {
    setError(undefined);
    setAnswer(undefined);
    try {
      if (!of || !Command) throw new Error(`This lab has no call "${widget.operation}".`);
      if ('fault' in read) throw new Error(read.fault);
      const { $metadata: _metadata, ...told } = (await send(
        clientOf(session, of),
        Command,
        read.input,
        signal,
      )) as Record<string, unknown>;
      setAnswer(told);
    } catch (failure) {
      if (!isAbort(failure)) setError(failure);
    }
  });
  return (
    <Container header={<Header variant="h3">{widget.operation}</Header>}>
      <SpaceBetween size="s">
        <Editor
          label={`Input of ${widget.operation} (${widget.id})`}
          value={text}
          onChange={change}
          minHeight="60px"
          maxHeight="420px"
        />
        {'fault' in read && <StatusIndicator type="error">{read.fault}</StatusIndicator>}
        <SpaceBetween size="xs" direction="horizontal">
          <Button loading={pending} disabled={'fault' in read} onClick={() => void run()}>
            Run {widget.operation}
          </Button>
          {pending && <Button onClick={abort}>Cancel</Button>}
          {!pending && (
            <Button
              variant="link"
              ariaLabel={`Put back the input of ${widget.operation}`}
              onClick={() => change(first)}
            >
              Put back
            </Button>
          )}
        </SpaceBetween>
        <div aria-live="polite" data-testid={`result-${widget.id}`}>
          {error !== undefined && <Failure error={error} />}
          {answer !== undefined && (
            <SpaceBetween size="xs">
              <StatusIndicator type="success">Answered</StatusIndicator>
              <JsonBlock value={readable(answer)} label={`Answer of ${widget.operation}`} />
            </SpaceBetween>
          )}
        </div>
        {of && 'input' in read && (
          <ExpandableSection headerText="The same as code">
            <CodeOf
              calls={[
                {
                  serviceId: clientOf(session, of).config.serviceId ?? '',
                  operation: widget.operation,
                  input: read.input,
                },
              ]}
            />
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** What stands in a call at first: its own input, and what was written in the earlier call that it goes on from. */
function firstText(lab: Lab, inputs: Record<string, string>, { input, from }: Of<'call'>['widget']): string {
  const widgets = lab.steps.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.type === 'widget' && block.widget.kind === 'call' ? [block.widget] : [])),
  );
  const earlier = widgets.find(({ id }) => id === from);
  const read = earlier ? readInput(inputs[earlier.id] ?? firstText(lab, inputs, earlier), []) : { input: {} };
  return JSON.stringify({ ...input, ...('input' in read ? read.input : {}) }, undefined, 2);
}

/** The text as the operation's input: what the API wants as JSON in a text may stand there as an object. */
function readInput(text: string, documents: string[]): { input: Record<string, unknown> } | { fault: string } {
  try {
    const input = JSON.parse(text) as Record<string, unknown>;
    for (const member of documents)
      if (typeof input[member] === 'object') input[member] = JSON.stringify(input[member]);
    return { input };
  } catch (error) {
    return { fault: `This is no JSON: ${(error as Error).message}` };
  }
}

/** Documents that IAM encodes, and events of the trail, as people read them. */
const readable = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (_key, value: unknown) => {
      if (typeof value !== 'string') return value instanceof Uint8Array ? `<${value.byteLength} bytes>` : value;
      const decoded = value.startsWith('%7B') ? decodeURIComponent(value) : value;
      if (!decoded.startsWith('{')) return decoded;
      try {
        return JSON.parse(decoded) as unknown;
      } catch {
        return decoded;
      }
    }),
  );
