import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Modal from '@cloudscape-design/components/modal';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { CodeBlock } from '../../ui/code-block.tsx';
import { fileNameOf, noTestOf, testOf, type TestLanguage } from './test-of.ts';
import type { CallDetail } from './types.ts';

/** A test file that makes the call and expects its answer. */
export function MakeTest({ call, onClose }: { call: CallDetail; onClose: () => void }) {
  const [language, setLanguage] = useState<TestLanguage>('vitest');
  const none = noTestOf(call);
  const text = none === undefined ? testOf(call, language) : '';
  const file = fileNameOf(call, language);
  return (
    <Modal
      visible
      size="large"
      header="Make a test"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </Box>
      }
    >
      {none === undefined ? (
        <SpaceBetween size="s">
          <Box>
            It starts a stack of its own, declares this answer by a rule, makes the call with the SDK and expects what
            was answered. Times are left out.
          </Box>
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            <SegmentedControl
              label="Language of the test"
              selectedId={language}
              options={[
                { id: 'vitest', text: 'Vitest' },
                { id: 'pytest', text: 'pytest' },
              ]}
              onChange={({ detail }) => setLanguage(detail.selectedId as TestLanguage)}
            />
            <CopyToClipboard
              copyButtonText="Copy"
              copySuccessText="Copied"
              copyErrorText="The browser did not allow it"
              textToCopy={text}
            />
            <Button iconName="download" onClick={() => download(file, text)}>
              Download {file}
            </Button>
          </SpaceBetween>
          <CodeBlock text={text} label="Test" />
        </SpaceBetween>
      ) : (
        <Alert type="info" header="No test can be made of this call">
          {none}
        </Alert>
      )}
    </Modal>
  );
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
