import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useRefresh } from '../../../aws/call.ts';
import { useAsk } from '../../../aws/stack.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { Failure } from '../../../ui/failure.tsx';
import type { Bound, Tested, TestKind } from './bound.ts';
import { TestResult } from './test-result.tsx';

type Kind = 'server' | 'file' | 'path' | 'builtin';
type Form = { pattern: string; kind: Kind; url: string; model: string; key: string; file: string; path: string };

/** What a form names, in the one-line form of backends; undefined where something is missing yet. */
export function backendOf({ kind, url, model, key, file, path }: Form): string | undefined {
  const given = (text: string) => (text.trim() === '' ? undefined : text.trim());
  if (kind === 'builtin') return 'builtin';
  if (kind === 'file') return given(file) && `gguf:${file.trim()}`;
  if (kind === 'path') return given(path) && `gguf:${path.trim()}`;
  if (!given(url) || !given(model)) return undefined;
  return `openai:${url.trim()}#${model.trim()}${given(key) ? `?key=${key.trim()}` : ''}`;
}

/** Binds a pattern of model ids to a backend, after it was tried. */
export function BindModal(props: {
  pattern: string;
  files: Bound['files'];
  kind?: TestKind | undefined;
  onDismiss: () => void;
}) {
  const ask = useAsk();
  const refresh = useRefresh();
  const [form, setForm] = useState<Form>({
    pattern: props.pattern,
    kind: 'server',
    url: 'http://127.0.0.1:11434/v1',
    model: '',
    key: '',
    file: props.files[0]?.name ?? '',
    path: '',
  });
  const [checked, setChecked] = useState(false);
  const [pending, setPending] = useState<'test' | 'bind'>();
  const [tested, setTested] = useState<Tested>();
  const [error, setError] = useState<unknown>();
  const change = (changes: Partial<Form>) => {
    setForm({ ...form, ...changes });
    setTested(undefined);
    setError(undefined);
  };
  const backend = backendOf(form);
  const missing = (text: string, what: string) => (checked && text.trim() === '' ? what : '');

  async function doing(what: 'test' | 'bind') {
    setChecked(true);
    if (backend === undefined || (what === 'bind' && form.pattern.trim() === '')) return;
    setPending(what);
    setError(undefined);
    try {
      if (what === 'test') {
        setTested(undefined);
        setTested(await ask<Tested>('POST', 'models/test', { backend, kind: props.kind ?? 'chat' }));
      } else {
        const pattern = form.pattern.trim();
        await ask('PUT', 'models', { pattern, backend });
        await refresh();
        tellSuccess(`${pattern} is answered by ${backend} from now on.`);
        props.onDismiss();
      }
    } catch (failure) {
      setError(failure);
    } finally {
      setPending(undefined);
    }
  }

  return (
    <Modal
      visible
      size="large"
      header="Bind a model"
      onDismiss={props.onDismiss}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={props.onDismiss}>Cancel</Button>
            <Button loading={pending === 'test'} onClick={() => void doing('test')}>
              Test
            </Button>
            <Button variant="primary" loading={pending === 'bind'} onClick={() => void doing('bind')}>
              Bind
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField
          label="Model ids"
          description="An id, or a pattern with * and ?, without the prefix of an inference profile."
          constraintText="anthropic.claude-* means all of Claude; * means every model."
          errorText={missing(form.pattern, 'Name an id or a pattern.')}
        >
          <Input value={form.pattern} onChange={({ detail }) => change({ pattern: detail.value })} />
        </FormField>
        <FormField label="Backend">
          <RadioGroup
            value={form.kind}
            onChange={({ detail }) => change({ kind: detail.value as Kind })}
            items={[
              {
                value: 'server',
                label: 'Server',
                description: 'One that speaks OpenAI’s API: Ollama, llama.cpp, vLLM, LiteLLM.',
              },
              {
                value: 'file',
                label: 'Model file',
                description: 'A GGUF file that was added by outcrop models add llm.',
                disabled: props.files.length === 0,
              },
              { value: 'path', label: 'Path', description: 'A GGUF file on the machine of the stack.' },
              { value: 'builtin', label: 'Builtin', description: 'The built-in worker: heuristic, no language model.' },
            ]}
          />
        </FormField>
        {form.kind === 'server' && (
          <SpaceBetween size="m">
            <FormField label="Base URL" errorText={missing(form.url, 'Give the server’s address.')}>
              <Input value={form.url} type="url" onChange={({ detail }) => change({ url: detail.value })} />
            </FormField>
            <FormField
              label="Model on the server"
              errorText={missing(form.model, 'Name the model as the server does.')}
            >
              <Input
                value={form.model}
                placeholder="qwen3"
                onChange={({ detail }) => change({ model: detail.value })}
              />
            </FormField>
            <FormField
              label={
                <span>
                  Environment variable of the API key <i>- optional</i>
                </span>
              }
              description="Of the stack’s own environment. The key itself is not kept here."
            >
              <Input
                value={form.key}
                placeholder="OPENAI_API_KEY"
                onChange={({ detail }) => change({ key: detail.value })}
              />
            </FormField>
          </SpaceBetween>
        )}
        {form.kind === 'file' && (
          <FormField label="Model file">
            <Select
              options={props.files.map(({ name }) => ({ value: name, label: name }))}
              selectedOption={form.file === '' ? null : { value: form.file, label: form.file }}
              onChange={({ detail }) => change({ file: detail.selectedOption.value ?? '' })}
            />
          </FormField>
        )}
        {form.kind === 'path' && (
          <FormField label="Path of the file" errorText={missing(form.path, 'Name the file.')}>
            <Input
              value={form.path}
              placeholder="/models/qwen3.gguf"
              onChange={({ detail }) => change({ path: detail.value })}
            />
          </FormField>
        )}
        {tested && <TestResult tested={tested} />}
        {error !== undefined && <Failure error={error} />}
      </SpaceBetween>
    </Modal>
  );
}
