import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type ReactNode } from 'react';
import { tellSuccess } from '../../shell/notices.tsx';
import { AskFirst } from '../../ui/ask-first.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Editor, type Diagnostic } from '../../ui/editor.tsx';
import { Failure } from '../../ui/failure.tsx';
import { indented, PolicyEditor } from '../../ui/policy-editor.tsx';
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
  const [asking, setAsking] = useState(false);
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
              disabled={kind === 'list' && checkList(edited).length > 0}
              onClick={() => void save()}
            >
              Save changes
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="s">
          {kind === 'policy' ? (
            <PolicyEditor label={title} value={edited} onChange={setEdited} kind="resource" />
          ) : (
            <Editor label={title} value={edited} onChange={setEdited} check={checkList} minHeight="240px" />
          )}
          {error !== undefined && <Failure error={error} />}
        </SpaceBetween>
      </SettingCard>
    );
  return (
    <>
      <SettingCard
        title={title}
        description={props.description}
        setting={props.setting}
        none={props.none}
        actions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            {props.badge}
            <Button disabled={text === undefined} ariaLabel={`Delete: ${title}`} onClick={() => setAsking(true)}>
              Delete
            </Button>
            <Button
              ariaLabel={`Edit: ${title}`}
              onClick={() =>
                setEdited(text === undefined ? JSON.stringify(props.example, undefined, 2) : indented(text))
              }
            >
              Edit
            </Button>
          </SpaceBetween>
        }
      >
        {text === undefined ? <Box>{props.none}</Box> : <CodeBlock text={indented(text)} label={title} />}
      </SettingCard>
      {asking && (
        <AskFirst
          title={`Delete: ${title}`}
          action="Delete"
          act={async () => {
            await props.remove();
            tellSuccess(`${title}: deleted.`);
          }}
          close={() => setAsking(false)}
        >
          What it says is in effect no longer, from the next request on.
        </AskFirst>
      )}
    </>
  );
}

/** What can be seen to be wrong without asking the service. */
function checkList(text: string): Diagnostic[] {
  try {
    if (Array.isArray(JSON.parse(text))) return [];
    return [{ from: 0, to: text.length, severity: 'error', message: 'A list of rules is needed: [ … ]' }];
  } catch (failure) {
    const { message } = failure as Error;
    const at = Math.min(Number(/position (\d+)/.exec(message)?.[1] ?? text.length), Math.max(0, text.length - 1));
    return [{ from: at, to: Math.min(text.length, at + 1), severity: 'error', message }];
  }
}
