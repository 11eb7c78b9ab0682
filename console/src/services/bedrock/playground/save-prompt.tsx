import { BedrockAgentClient, CreatePromptCommand, CreatePromptVersionCommand } from '@aws-sdk/client-bedrock-agent';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { FormModal } from '../../../ui/form-modal.tsx';
import { messagesOf, type Chat, type Column } from './conversation.ts';
import { promptOf } from './prompt.ts';

/** Which of the models' conversations is meant. */
export const columnOptions = (columns: readonly Column[]) =>
  columns.map(({ id, modelId }, index) => ({ value: id, label: `Model ${index + 1}`, description: modelId }));

/** Keeps what was asked in prompt management, with a version if wanted. */
export function SavePrompt({ chat, onDismiss }: { chat: Chat; onDismiss: () => void }) {
  const send = useSend(BedrockAgentClient);
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [versioned, setVersioned] = useState(true);
  const [columnId, setColumnId] = useState(chat.columns[0]!.id);
  const [checked, setChecked] = useState(false);
  const options = columnOptions(chat.columns);
  const column = chat.columns.find(({ id }) => id === columnId)!;
  const files = messagesOf(column.turns).some(({ content }) =>
    content?.some(({ document, image, toolUse, toolResult }) => document ?? image ?? toolUse ?? toolResult),
  );
  const fault = /^([0-9a-zA-Z][_-]?){1,100}$/.test(name)
    ? ''
    : 'Letters and digits, with single hyphens or underscores between them; at most 100.';

  async function save() {
    const { id } = await send(CreatePromptCommand, promptOf(name, description.trim(), chat.settings, column));
    const version = versioned ? (await send(CreatePromptVersionCommand, { promptIdentifier: id! })).version : undefined;
    tellSuccess(`The prompt ${name} is saved as ${id}${version === undefined ? '' : `, version ${version}`}.`);
  }

  return (
    <FormModal
      title="Save as a prompt"
      action="Save"
      check={() => {
        setChecked(true);
        return fault === '';
      }}
      submit={save}
      close={onDismiss}
    >
      {chat.columns.length > 1 && (
        <FormField label="Conversation">
          <Select
            options={options}
            selectedOption={options.find(({ value }) => value === columnId)!}
            onChange={({ detail }) => setColumnId(detail.selectedOption.value!)}
          />
        </FormField>
      )}
      <FormField
        label="Prompt name"
        constraintText="Letters and digits, with single hyphens or underscores between them."
        errorText={checked ? fault : ''}
      >
        <Input value={name} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField
        label={
          <span>
            Description <i>- optional</i>
          </span>
        }
      >
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <Checkbox checked={versioned} onChange={({ detail }) => setVersioned(detail.checked)}>
        Make a version of it
      </Checkbox>
      <Box variant="small">
        The prompt holds the model, the settings and what was said up to your last message. Words in{' '}
        {'{{double braces}}'} become its variables.
      </Box>
      {files && <Alert type="info">Files and calls of tools are no part of a prompt: they are left out.</Alert>}
    </FormModal>
  );
}
