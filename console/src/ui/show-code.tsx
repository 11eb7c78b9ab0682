import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { codeOf, type CodeLanguage } from '../aws/code.ts';
import type { MadeCall } from '../aws/history.ts';
import { useSignedIn } from '../aws/session.ts';
import { CodeBlock } from './code-block.tsx';

const LANGUAGES = [
  { id: 'cli', text: 'AWS CLI' },
  { id: 'javascript', text: 'JavaScript' },
  { id: 'python', text: 'Python' },
];

/** Calls as the CLI, the SDK for JavaScript and boto3 make them. `finish`: what is to be said otherwise, by who knows better. */
export function CodeOf({
  calls,
  finish,
}: {
  calls: readonly MadeCall[];
  finish?: (text: string, language: CodeLanguage) => string;
}) {
  const [language, setLanguage] = useState<CodeLanguage>('cli');
  const { region } = useSignedIn();
  const code = codeOf(language, calls, location.origin, region);
  const text = finish ? finish(code, language) : code;
  return (
    <SpaceBetween size="xs">
      <SpaceBetween size="xs" direction="horizontal" alignItems="center">
        <SegmentedControl
          label="Language of the code"
          selectedId={language}
          options={LANGUAGES}
          onChange={({ detail }) => setLanguage(detail.selectedId as CodeLanguage)}
        />
        <CopyToClipboard
          copyButtonText="Copy"
          copySuccessText="Copied"
          copyErrorText="The browser did not allow it"
          textToCopy={text}
        />
      </SpaceBetween>
      <Box>
        <CodeBlock text={text} />
      </Box>
    </SpaceBetween>
  );
}
