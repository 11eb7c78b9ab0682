import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { Failure } from '../../ui/failure.tsx';
import type { Runner } from './runner.ts';
import { asksModel, KINDS, referenceTo, type App, type Asking, type Models, type Widget } from './types.ts';
import { ChatBody, DocumentBody, InputBody } from './widget-inputs.tsx';

type Edit = {
  open: () => void;
  duplicate: () => void;
  move: (by: -1 | 1) => void;
  remove: () => void;
  isFirst: boolean;
  isLast: boolean;
};

/** A widget: what it holds, how it stands to what it rests on, and for the owner how it is changed. */
export function WidgetCard(props: {
  app: App;
  widget: Widget;
  runner: Runner;
  models: Models | undefined;
  busy: boolean;
  run: () => void;
  credited: () => void;
  edit?: Edit;
}) {
  const { app, widget, runner } = props;
  const { faults } = app.wiring[widget.id]!;
  const error = runner.errorOf(widget.id);
  return (
    <section aria-label={widget.title}>
      <Container
        fitHeight
        header={
          <Header variant="h3" actions={<CardActions {...props} />} description={<Facts {...props} />}>
            {widget.title}
          </Header>
        }
      >
        <SpaceBetween size="s">
          {faults.map((fault) => (
            <Alert key={fault} type="warning">
              {fault}
            </Alert>
          ))}
          {error !== undefined && faults.length === 0 && <Failure error={error} />}
          {widget.kind === 'input' && <InputBody widget={widget} runner={runner} />}
          {widget.kind === 'document' && <DocumentBody widget={widget} runner={runner} />}
          {widget.kind === 'static' && <div className="apps-text">{widget.text}</div>}
          {widget.kind === 'chat' && <ChatBody widget={widget} runner={runner} credited={props.credited} />}
          {(widget.kind === 'text' || widget.kind === 'image') && <OutputBody widget={widget} runner={runner} />}
        </SpaceBetween>
      </Container>
    </section>
  );
}

function CardActions({ widget, runner, run, edit, busy }: Parameters<typeof WidgetCard>[0]) {
  const status = runner.status(widget);
  return (
    <SpaceBetween size="xxs" direction="horizontal">
      {asksModel(widget) &&
        (status === 'running' ? (
          <Button
            variant="icon"
            iconName="status-stopped"
            ariaLabel={`Stop ${widget.title}`}
            onClick={() => runner.stop(widget.id)}
          />
        ) : (
          widget.kind !== 'chat' && (
            <Button
              variant="icon"
              iconName="caret-right-filled"
              ariaLabel={`Run ${widget.title}`}
              disabled={status === 'faulty'}
              onClick={run}
            />
          )
        ))}
      {edit && <Button variant="icon" iconName="edit" ariaLabel={`Edit ${widget.title}`} onClick={edit.open} />}
      {edit && (
        <ButtonDropdown
          variant="icon"
          ariaLabel={`More of ${widget.title}`}
          loading={busy}
          items={[
            { id: 'duplicate', text: 'Duplicate' },
            { id: 'earlier', text: 'Move earlier', disabled: edit.isFirst },
            { id: 'later', text: 'Move later', disabled: edit.isLast },
            { id: 'remove', text: 'Delete' },
          ]}
          onItemClick={({ detail: { id } }) => {
            if (id === 'duplicate') edit.duplicate();
            else if (id === 'remove') edit.remove();
            else edit.move(id === 'earlier' ? -1 : 1);
          }}
        />
      )}
    </SpaceBetween>
  );
}

/** The kind, what it rests on, the model and its parameters. */
function Facts({ app, widget, models }: Parameters<typeof WidgetCard>[0]) {
  const uses = app.wiring[widget.id]!.dependsOn.map((id) =>
    referenceTo(app.widgets.find((each) => each.id === id)!.title),
  );
  const known = [...(models?.text ?? []), ...(models?.image ?? [])];
  const parts = [
    KINDS[widget.kind].name,
    ...(uses.length > 0 ? [`uses ${uses.join(', ')}`] : []),
    ...(asksModel(widget) ? [known.find(({ id }) => id === widget.model)?.name ?? widget.model] : []),
    ...('temperature' in widget ? [`temperature ${widget.temperature}`] : []),
  ];
  return <>{parts.join(' · ')}</>;
}

function OutputBody({ widget, runner }: { widget: Asking; runner: Runner }) {
  const output = runner.outputOf(widget.id);
  const part = runner.partOf(widget.id);
  const running = part !== undefined;
  const value = output?.value;
  return (
    <SpaceBetween size="xs">
      <Standing widget={widget} runner={runner} />
      {running && part !== '' ? (
        <div className="apps-text">{part}</div>
      ) : (
        <>
          {value && 'text' in value && (
            // Long answers are scrolled to, by keyboard as well.
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <section className="apps-text" tabIndex={0} aria-label={`${widget.title}: output`}>
              {value.text}
            </section>
          )}
          {value && 'image' in value && (
            <img
              className="apps-picture"
              src={`data:image/${value.image.format};base64,${value.image.base64}`}
              alt={widget.title}
            />
          )}
        </>
      )}
      {!running &&
        output?.notes.map((note) => (
          <Box key={note} variant="small" color="text-body-secondary">
            {note}
          </Box>
        ))}
    </SpaceBetween>
  );
}

function Standing({ widget, runner }: { widget: Asking; runner: Runner }) {
  const status = runner.status(widget);
  const done = runner.outputOf(widget.id)?.done;
  const paid = done ? ` · ${done.credits.toLocaleString('en')} credits${done.answer ? ` · ${done.answer}` : ''}` : '';
  switch (status) {
    case 'running':
      return <StatusIndicator type="loading">Running</StatusIndicator>;
    case 'stale':
      return <StatusIndicator type="warning">{`Out of date${paid}`}</StatusIndicator>;
    case 'fresh':
      return <StatusIndicator>{`Up to date${paid}`}</StatusIndicator>;
    case 'faulty':
      return <StatusIndicator type="error">Cannot run</StatusIndicator>;
    case 'failed':
      return <StatusIndicator type="error">Failed</StatusIndicator>;
    default:
      return <StatusIndicator type="pending">Not run yet</StatusIndicator>;
  }
}
