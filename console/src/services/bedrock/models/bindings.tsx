import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useRefresh } from '../../../aws/call.ts';
import { useAsk } from '../../../aws/stack.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { useAction } from '../../../ui/action.ts';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { ResourceTable } from '../../../ui/resource-table.tsx';
import { bytesText } from '../../../ui/text.ts';
import { BindModal } from './bind-modal.tsx';
import { backendWords, useBound, type Binding, type Bound } from './bound.ts';
import { UnbindModal } from './unbind-modal.tsx';
import { TestResult } from './test-result.tsx';
import type { Tested } from './bound.ts';

/** Which backends answer for which ids, in the order they are tried, and the model files that are kept. */
export function Bindings() {
  const { root, data, error, isFetching } = useBound();
  const refresh = useRefresh();
  const ask = useAsk();
  const [selected, setSelected] = useState<Binding[]>([]);
  const [binding, setBinding] = useState(false);
  const [unbinding, setUnbinding] = useState(false);
  const [tested, setTested] = useState<Tested>();
  const test = useAction(async (signal) => {
    setTested(undefined);
    setTested(await ask<Tested>('POST', 'models/test', { backend: selected[0]!.backend }, signal));
  });
  if (!root)
    return (
      <Alert type="info" header="Only the account root manages the stack">
        Sign in with the root’s key to see and change which backend answers for which model.
      </Alert>
    );
  const chosen = selected[0];
  return (
    <SpaceBetween size="l">
      <ResourceTable<Binding>
        title="Bindings"
        noun="binding"
        description="The id itself decides before a pattern, and a longer pattern before a shorter. What nothing is bound to, builtin answers."
        items={data?.bindings}
        error={error}
        idOf={({ pattern }) => pattern}
        refresh={() => void refresh()}
        refreshing={isFetching}
        selection="single"
        selected={selected}
        onSelect={(items) => {
          setSelected(items);
          setTested(undefined);
        }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!chosen} loading={test.pending} onClick={() => void test.run()}>
              Test
            </Button>
            <Button disabled={!chosen} onClick={() => setUnbinding(true)}>
              Remove
            </Button>
            <Button variant="primary" onClick={() => setBinding(true)}>
              Bind a model
            </Button>
          </SpaceBetween>
        }
        columns={[
          { id: 'pattern', header: 'Model ids', isRowHeader: true, width: 280, cell: ({ pattern }) => pattern },
          { id: 'kind', header: 'Kind', width: 140, cell: ({ backend }) => backendWords(backend).short },
          { id: 'backend', header: 'Backend', cell: ({ backend }) => backend },
        ]}
        empty={
          <Empty title="Nothing is bound" action={<Button onClick={() => setBinding(true)}>Bind a model</Button>}>
            The built-in worker answers for every model. Bind a server that speaks OpenAI’s API (Ollama, llama.cpp,
            vLLM) or a GGUF file to have a language model answer.
            <CodeBlock
              label="By the command line"
              text="outcrop models bind 'anthropic.claude-*' openai:http://localhost:11434/v1#qwen3"
            />
          </Empty>
        }
      />
      {tested && <TestResult tested={tested} />}
      <ModelFiles files={data?.files} error={error} />
      {binding && <BindModal pattern="" files={data?.files ?? []} onDismiss={() => setBinding(false)} />}
      {unbinding && chosen && (
        <UnbindModal
          pattern={chosen.pattern}
          close={() => setUnbinding(false)}
          done={() => {
            setSelected([]);
            tellSuccess(`Nothing is bound to ${chosen.pattern} any more.`);
          }}
        />
      )}
    </SpaceBetween>
  );
}

const ModelFiles = ({ files, error }: { files: Bound['files'] | undefined; error: unknown }) => (
  <ResourceTable<Bound['files'][number]>
    title="Model files"
    noun="file"
    items={files}
    error={error}
    idOf={({ name }) => name}
    columns={[
      { id: 'name', header: 'Name', isRowHeader: true, width: 220, cell: ({ name }) => name },
      { id: 'size', header: 'Size', width: 120, value: ({ bytes }) => bytes, cell: ({ bytes }) => bytesText(bytes) },
      { id: 'sha256', header: 'SHA-256', width: 180, cell: ({ sha256 }) => `${sha256.slice(0, 16)}…` },
      { id: 'source', header: 'Source', cell: ({ source }) => source },
    ]}
    empty={
      <Empty title="No model files">
        Add a GGUF file, then bind models to it.
        <CodeBlock label="By the command line" text="outcrop models add llm ./some-model.gguf" />
      </Empty>
    }
  />
);
