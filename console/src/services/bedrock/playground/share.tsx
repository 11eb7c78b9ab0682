import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { CodeLanguage } from '../../../aws/code.ts';
import { CodeOf } from '../../../ui/show-code.tsx';
import { converseInput, type Chat, type Turn } from './conversation.ts';
import { columnOptions } from './save-prompt.tsx';

/** Stands for the bytes of a file until the code is written. */
const mark = (file: string): string => `@@${file}@@`;
const MARKS = /@@([^@]+)@@/g;

/** The same conversation with files in place of their bytes. */
function withFiles(value: unknown, files: Map<Uint8Array, string>): unknown {
  if (value instanceof Uint8Array) return mark(files.get(value) ?? 'file.bin');
  if (Array.isArray(value)) return value.map((each) => withFiles(each, files));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withFiles(each, files)]));
}

function filesOf(turns: readonly Turn[]): Map<Uint8Array, string> {
  const files = new Map<Uint8Array, string>();
  for (const { document, image } of turns.flatMap(({ content }) => content)) {
    if (document?.source?.bytes) files.set(document.source.bytes, `${document.name}.${document.format}`);
    if (image?.source?.bytes) files.set(image.source.bytes, `image-${files.size + 1}.${image.format}`);
  }
  return files;
}

/** Code that reads files where they are marked, and prints what the model says to its depth. */
function finish(text: string, language: CodeLanguage): string {
  // Within the single quotes of a shell's word, which are left for it.
  if (language === 'cli') return text.replaceAll(MARKS, (_mark, file) => `'"$(base64 -w0 '${file}')"'`);
  if (language === 'python') return text.replaceAll(/"@@([^@]+)@@"/g, (_mark, file) => `open('${file}', 'rb').read()`);
  const reads = text.includes('"@@') ? `import { readFileSync } from 'node:fs';\n` : '';
  const code = text
    .replaceAll(/"@@([^@]+)@@"/g, (_mark, file) => `readFileSync('${file}')`)
    .replace(/^console\.log\(await ([\s\S]*)\);$/m, (_call, sent) => `const { output, usage } = await ${sent};`);
  return `${reads}${code}\n\nconsole.log(output.message.content, usage);`;
}

/** The conversation as a program, for the CLI, JavaScript and Python. */
export function Share({ chat, onDismiss }: { chat: Chat; onDismiss: () => void }) {
  const [columnId, setColumnId] = useState(chat.columns[0]!.id);
  const options = columnOptions(chat.columns);
  const { modelId, turns } = chat.columns.find(({ id }) => id === columnId)!;
  // What was asked last is asked again, and the answer comes anew.
  const asked = turns.at(-1)?.role === 'assistant' ? turns.slice(0, -1) : turns;
  const files = filesOf(asked);
  const input = withFiles(converseInput(chat.settings, modelId, asked), files) as Record<string, unknown>;
  return (
    <Modal visible size="large" header="Share as code" onDismiss={onDismiss}>
      <SpaceBetween size="m">
        {chat.columns.length > 1 && (
          <FormField label="Conversation">
            <Select
              options={options}
              selectedOption={options.find(({ value }) => value === columnId)!}
              onChange={({ detail }) => setColumnId(detail.selectedOption.value!)}
            />
          </FormField>
        )}
        {asked.length === 0 ? (
          <Alert type="info">Nothing was said yet: ask something first.</Alert>
        ) : (
          <SpaceBetween size="s">
            {files.size > 0 && (
              <Alert type="info">The code reads these files where it runs: {[...files.values()].join(', ')}.</Alert>
            )}
            <CodeOf calls={[{ serviceId: 'Bedrock Runtime', operation: 'Converse', input }]} finish={finish} />
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Modal>
  );
}
