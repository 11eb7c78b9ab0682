import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import type { Runner } from './runner.ts';
import { type Widget } from './types.ts';

type Of<K extends Widget['kind']> = { widget: Extract<Widget, { kind: K }>; runner: Runner };

const INPUT_MAX = 20_000;
const DOCUMENT_BYTES_MAX = 2 * 1024 * 1024;
const FORMATS = ['pdf', 'csv', 'docx', 'xlsx', 'html', 'txt', 'md'];

/** A text that whoever uses the app types. */
export function InputBody({ widget, runner }: Of<'input'>) {
  const value = runner.inputOf(widget);
  const text = value && 'text' in value ? value.text : '';
  return (
    <FormField
      stretch
      errorText={text.length > INPUT_MAX ? `${INPUT_MAX.toLocaleString('en')} characters at most.` : ''}
    >
      <Textarea
        ariaLabel={widget.title}
        value={text}
        rows={text.length > 200 ? 8 : 2}
        placeholder={widget.placeholder}
        onChange={({ detail }) => runner.setInput(widget.id, { text: detail.value })}
      />
    </FormField>
  );
}

/** A file, read in the browser; the stack makes text of it when a prompt refers to it. */
export function DocumentBody({ widget, runner }: Of<'document'>) {
  const value = runner.inputOf(widget);
  const [error, setError] = useState('');
  const take = async (file: File | undefined) => {
    setError('');
    if (!file) return runner.setInput(widget.id, undefined);
    const format = file.name.split('.').at(-1)!.toLowerCase();
    if (!FORMATS.includes(format)) return setError(`A file is one of: ${FORMATS.join(', ')}.`);
    if (file.size > DOCUMENT_BYTES_MAX) return setError('A file has 2 MB at most.');
    const base64 = btoa(
      Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''),
    );
    runner.setInput(widget.id, { document: { name: file.name.slice(0, 200), format, base64 } });
  };
  return (
    <SpaceBetween size="xs">
      <FormField label="File">
        <FileUpload
          value={[]}
          accept={FORMATS.map((format) => `.${format}`).join(',')}
          errorText={error}
          constraintText={`${FORMATS.join(', ')}; 2 MB at most.`}
          i18nStrings={{
            uploadButtonText: () => 'Choose file',
            dropzoneText: () => 'Drop file to upload',
            removeFileAriaLabel: () => 'Remove file',
            limitShowFewer: 'Show fewer',
            limitShowMore: 'Show more',
            errorIconAriaLabel: 'Error',
          }}
          onChange={({ detail }) => void take(detail.value[0])}
        />
      </FormField>
      {value && 'document' in value && (
        <SpaceBetween size="xs" direction="horizontal" alignItems="center">
          <StatusIndicator>{value.document.name}</StatusIndicator>
          <Button
            variant="inline-link"
            ariaLabel={`Remove ${value.document.name}`}
            onClick={() => runner.setInput(widget.id, undefined)}
          >
            Remove
          </Button>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

/** A conversation. */
export function ChatBody({ widget, runner, credited }: Of<'chat'> & { credited: () => void }) {
  const [text, setText] = useState('');
  const said = runner.chatOf(widget.id);
  const part = runner.partOf(widget.id);
  const status = runner.status(widget);
  const send = async () => {
    const words = text.trim();
    if (words === '') return;
    setText('');
    if (!(await runner.say(widget, words))) setText(words);
    credited();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <SpaceBetween size="s">
        <div role="log" aria-label={`Conversation of ${widget.title}`}>
          <ul className="apps-said">
            {widget.greeting !== '' && <li>{widget.greeting}</li>}
            {said.map(({ role, text: words }, at) => (
              // oxlint-disable-next-line react/no-array-index-key
              <li key={at}>
                <Box variant="awsui-key-label">{role === 'user' ? 'You' : widget.title}</Box>
                {words}
              </li>
            ))}
            {part !== undefined && (
              <li>
                <Box variant="awsui-key-label">{widget.title}</Box>
                {part === '' ? <StatusIndicator type="loading">Thinking</StatusIndicator> : part}
              </li>
            )}
          </ul>
        </div>
        <Textarea
          ariaLabel={`Message to ${widget.title}`}
          value={text}
          rows={2}
          placeholder="Say something"
          disabled={part !== undefined}
          onChange={({ detail }) => setText(detail.value)}
        />
        <SpaceBetween size="xs" direction="horizontal">
          <Button formAction="submit" loading={part !== undefined} disabled={status === 'faulty'}>
            Send
          </Button>
          {said.length > 0 && (
            <Button formAction="none" disabled={part !== undefined} onClick={() => runner.clearChat(widget.id)}>
              Begin anew
            </Button>
          )}
        </SpaceBetween>
      </SpaceBetween>
    </form>
  );
}
