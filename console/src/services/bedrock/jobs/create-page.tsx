import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type ReactNode } from 'react';
import { Failure } from '../../../ui/failure.tsx';
import { Page } from '../../../ui/page.tsx';

/** A form that creates something: `act` sends it. What fails is said beneath the form, where what was entered still stands. */
export function CreatePage(props: {
  title: string;
  description: string;
  list: { text: string; href: string };
  label: string;
  /** Whether no entry has a fault. */
  isRight: boolean;
  /** Shows the faults from now on. */
  onTry: () => void;
  act: () => Promise<void>;
  children: ReactNode;
}) {
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const [tried, setTried] = useState(false);

  async function submit() {
    setError(undefined);
    setTried(true);
    props.onTry();
    if (!props.isRight) return;
    setPending(true);
    try {
      await props.act();
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  }

  return (
    <Page
      title={props.title}
      description={props.description}
      trail={[{ text: 'Amazon Bedrock', href: '#/bedrock/models' }, props.list]}
    >
      <form
        aria-label={props.title}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" href={props.list.href}>
                Cancel
              </Button>
              <Button variant="primary" formAction="submit" loading={pending}>
                {props.label}
              </Button>
            </SpaceBetween>
          }
          {...(tried && !props.isRight ? { errorText: 'Some entries are not right yet.' } : {})}
        >
          <SpaceBetween size="l">
            {props.children}
            {error !== undefined && <Failure error={error} />}
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
