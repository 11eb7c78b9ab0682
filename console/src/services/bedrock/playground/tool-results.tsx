import type { ContentBlock, ToolUseBlock } from '@aws-sdk/client-bedrock-runtime';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Editor } from '../../../ui/editor.tsx';

type Mock = { text: string; status: 'success' | 'error' };
const NOTHING: Mock = { text: '{}', status: 'success' };

/** An object goes as JSON; all else is text. */
function resultOf({ toolUseId }: ToolUseBlock, { text, status }: Mock): ContentBlock {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  return { toolResult: { toolUseId, status, content: [isObject ? { json: json as never } : { text }] } };
}

/** The model waits for its tools: here is written what they answer. */
export function ToolResults(props: {
  tools: ToolUseBlock[];
  disabled: boolean;
  send: (results: ContentBlock[]) => void;
}) {
  const { tools, send } = props;
  const [mocks, setMocks] = useState<Record<string, Mock>>({});
  const mockOf = ({ toolUseId }: ToolUseBlock): Mock => mocks[toolUseId!] ?? NOTHING;
  const change = (tool: ToolUseBlock, changes: Partial<Mock>) =>
    setMocks((before) => ({ ...before, [tool.toolUseId!]: { ...(before[tool.toolUseId!] ?? NOTHING), ...changes } }));
  return (
    <SpaceBetween size="s">
      {tools.map((tool) => (
        <FormField
          key={tool.toolUseId}
          label={`What ${tool.name} answers`}
          description="A JSON object, or a text."
          stretch
        >
          <SpaceBetween size="xs">
            <SegmentedControl
              label={`How ${tool.name} ends`}
              selectedId={mockOf(tool).status}
              options={[
                { id: 'success', text: 'Success' },
                { id: 'error', text: 'Error' },
              ]}
              onChange={({ detail }) => change(tool, { status: detail.selectedId as Mock['status'] })}
            />
            <Editor
              label={`What ${tool.name} answers`}
              value={mockOf(tool).text}
              language="text"
              minHeight="60px"
              maxHeight="240px"
              onChange={(text) => change(tool, { text })}
            />
          </SpaceBetween>
        </FormField>
      ))}
      <Box>
        <Button
          variant="primary"
          disabled={props.disabled}
          onClick={() => send(tools.map((tool) => resultOf(tool, mockOf(tool))))}
        >
          {tools.length === 1 ? 'Send result' : 'Send results'}
        </Button>
      </Box>
    </SpaceBetween>
  );
}
