import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState, type ComponentProps } from 'react';
import { useRefresh } from '../aws/call.ts';
import { tellSuccess } from '../shell/notices.tsx';
import { useAction } from './action.ts';
import { Failure } from './failure.tsx';
import { Loading } from './page.tsx';
import { indented, PolicyEditor } from './policy-editor.tsx';

/** The one policy of a resource, changed where it is shown. What is typed stays until it is saved. */
export function EditedPolicy(props: {
  title: string;
  description: string;
  kind: ComponentProps<typeof PolicyEditor>['kind'];
  /** As it is set; absent while it is being fetched. */
  policy: { text: string | undefined; error?: unknown; refetch?: () => unknown };
  /** On the button that saves. */
  action: string;
  /** Absent where it can only be read. */
  save: ((text: string, signal: AbortSignal) => Promise<unknown>) | undefined;
  minHeight?: string;
}) {
  const { title, policy, minHeight } = props;
  const refresh = useRefresh();
  const [text, setText] = useState<string>();
  const save = useAction(async (signal) => {
    await props.save!(text!, signal);
    tellSuccess(`Saved the ${title.toLowerCase()}.`);
    setText(undefined);
    await refresh();
  });
  if (policy.error) return <Failure error={policy.error} retry={() => void policy.refetch?.()} />;
  if (policy.text === undefined) return <Loading />;
  const before = indented(policy.text);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={props.description}
          actions={
            props.save && (
              <Button
                variant="primary"
                disabled={text === undefined || text === before}
                loading={save.pending}
                onClick={() => void save.run()}
              >
                {props.action}
              </Button>
            )
          }
        >
          {title}
        </Header>
      }
    >
      <PolicyEditor
        label={title}
        kind={props.kind}
        value={text ?? before}
        onChange={setText}
        {...(minHeight === undefined ? {} : { minHeight })}
      />
    </Container>
  );
}
