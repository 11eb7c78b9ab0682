import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import Box from '@cloudscape-design/components/box';
import FileDropzone, { useFilesDragging } from '@cloudscape-design/components/file-dropzone';
import FileInput from '@cloudscape-design/components/file-input';
import FileTokenGroup from '@cloudscape-design/components/file-token-group';
import FormField from '@cloudscape-design/components/form-field';
import PromptInput from '@cloudscape-design/components/prompt-input';
import { useState } from 'react';
import { ACCEPTED, blocksOf, fileFaults } from './attachments.ts';

/** Where a message is written, with what is attached to it. */
export function Composer(props: {
  text: string;
  onText: (text: string) => void;
  /** Why nothing can be sent now. */
  blocked?: string | undefined;
  send: (content: ContentBlock[]) => void;
}) {
  const { text } = props;
  const [files, setFiles] = useState<File[]>([]);
  const { areFilesDragging } = useFilesDragging();
  const faults = fileFaults(files);
  const wrong = faults.some((fault) => fault !== null);
  const add = (more: File[]) => setFiles((before) => [...before, ...more]);

  async function submit() {
    if (props.blocked !== undefined || wrong || text.trim() === '') return;
    const attached = await blocksOf(files);
    setFiles([]);
    props.send([...attached, { text }]);
  }

  return (
    <FormField
      stretch
      constraintText={props.blocked ?? 'Enter sends to all models, Shift+Enter begins a new line.'}
      {...(wrong ? { errorText: 'A file cannot be sent: remove it first.' } : {})}
    >
      <PromptInput
        ariaLabel="Message"
        placeholder="Ask the models something"
        actionButtonAriaLabel="Send"
        actionButtonIconName="send"
        value={text}
        minRows={2}
        maxRows={10}
        onChange={({ detail }) => props.onText(detail.value)}
        onAction={() => void submit()}
        disableActionButton={props.blocked !== undefined || wrong || text.trim() === ''}
        disableSecondaryActionsPaddings
        secondaryActions={
          <Box padding={{ left: 'xxs', top: 'xs' }}>
            <FileInput
              ariaLabel="Attach documents or images"
              variant="icon"
              multiple
              value={[]}
              accept={ACCEPTED}
              onChange={({ detail }) => add(detail.value)}
            />
          </Box>
        }
        {...(areFilesDragging || files.length > 0
          ? {
              secondaryContent: areFilesDragging ? (
                <FileDropzone onChange={({ detail }) => add(detail.value)}>Drop files here</FileDropzone>
              ) : (
                <FileTokenGroup
                  items={files.map((file, index) => ({ file, ...(faults[index] ? { errorText: faults[index] } : {}) }))}
                  onDismiss={({ detail }) => setFiles(files.filter((_file, index) => index !== detail.fileIndex))}
                  alignment="horizontal"
                  showFileSize
                  showFileThumbnail
                  i18nStrings={{
                    removeFileAriaLabel: (index) => `Remove ${files[index]?.name}`,
                    limitShowFewer: 'Show fewer',
                    limitShowMore: 'Show more',
                    errorIconAriaLabel: 'Error',
                    warningIconAriaLabel: 'Warning',
                  }}
                />
              ),
            }
          : {})}
      />
    </FormField>
  );
}
