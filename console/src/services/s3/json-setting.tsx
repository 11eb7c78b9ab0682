import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type ReactNode } from 'react';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Editor, type Diagnostic } from '../../ui/editor.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SettingCard } from './setting.tsx';

/** A setting that is a JSON document. What is typed stays, whatever the service says of it. */
export function JsonSetting(props: {
  title: string;
  badge?: ReactNode;
  description: string;
  setting: { data?: unknown; error: unknown; isPending: boolean; refetch: () => unknown };
  none: string;
  /** As it is set; absent where there is none. */
  text: string | undefined;
  example: unknown;
  kind: 'policy' | 'list';
  save: (text: string) => Promise<void>;
  remove: () => Promise<void>;
}) {
  const { title, text, kind } = props;
  const [edited, setEdited] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);
  const removing = useAction(async () => {
    await props.remove();
    tellSuccess(`${title}: deleted.`);
  });
  async function save() {
    setPending(true);
    setError(undefined);
    try {
      await props.save(edited!);
      setEdited(undefined);
      tellSuccess(`${title}: saved.`);
    } catch (failure) {
      setError(failure);
    }
    setPending(false);
  }
  if (edited !== undefined)
    return (
      <SettingCard
        title={title}
        description={props.description}
        setting={{ data: null, error: undefined, isPending: false, refetch: () => {} }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              variant="link"
              onClick={() => {
                setEdited(undefined);
                setError(undefined);
              }}
            >
              Cancel
            </Button>
            <Button onClick={() => setEdited(JSON.stringify(props.example, undefined, 2))}>Insert an example</Button>
            <Button
              variant="primary"
              loading={pending}
              disabled={checkOf(kind)(edited).some(({ severity }) => severity === 'error')}
              onClick={() => void save()}
            >
              Save changes
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="s">
          <Editor label={title} value={edited} onChange={setEdited} check={checkOf(kind)} minHeight="240px" />
          {error !== undefined && <Failure error={error} />}
        </SpaceBetween>
      </SettingCard>
    );
  return (
    <SettingCard
      title={title}
      description={props.description}
      setting={props.setting}
      none={props.none}
      actions={
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          {props.badge}
          <Button
            disabled={text === undefined}
            loading={removing.pending}
            ariaLabel={`Delete: ${title}`}
            onClick={() => void removing.run()}
          >
            Delete
          </Button>
          <Button
            ariaLabel={`Edit: ${title}`}
            onClick={() => setEdited(text === undefined ? JSON.stringify(props.example, undefined, 2) : pretty(text))}
          >
            Edit
          </Button>
        </SpaceBetween>
      }
    >
      {text === undefined ? <Box>{props.none}</Box> : <CodeBlock text={pretty(text)} label={title} />}
    </SettingCard>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** What can be seen to be wrong without asking the service. */
const checkOf =
  (kind: 'policy' | 'list') =>
  (text: string): Diagnostic[] => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (failure) {
      const { message } = failure as Error;
      const at = Math.min(Number(/position (\d+)/.exec(message)?.[1] ?? text.length), Math.max(0, text.length - 1));
      return [{ from: at, to: text.length === 0 ? 0 : at + 1, severity: 'error', message }];
    }
    const whole = (message: string, severity: 'error' | 'warning' = 'error'): Diagnostic[] => [
      { from: 0, to: text.length, severity, message },
    ];
    if (kind === 'list') return Array.isArray(value) ? [] : whole('A list of rules is needed: [ … ]');
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return whole('A policy is an object: { … }');
    const { Statement, Version } = value as { Statement?: unknown; Version?: unknown };
    if (Statement === undefined) return whole('A policy has a Statement.');
    const faults: Diagnostic[] = [];
    if (Version !== '2012-10-17')
      faults.push(...whole('Without "Version": "2012-10-17" policy variables are texts like any other.', 'warning'));
    for (const one of [Statement].flat() as Record<string, unknown>[]) {
      const missing = [
        ['Effect'],
        ['Principal', 'NotPrincipal'],
        ['Action', 'NotAction'],
        ['Resource', 'NotResource'],
      ].find((names) => !names.some((name) => one !== null && typeof one === 'object' && name in one));
      if (missing) faults.push(...whole(`A statement of a bucket policy has ${missing.join(' or ')}.`));
    }
    return faults;
  };
