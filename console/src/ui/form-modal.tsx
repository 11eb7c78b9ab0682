import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import Modal, { type ModalProps } from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useRef, useState, type ReactNode } from 'react';
import { isAbort } from '../aws/failure.ts';
import { Failure } from './failure.tsx';

/**
 * A form in front of the page. Closes once `submit` has succeeded; where it fails, says why and keeps what was entered. Leaving it gives up
 * on what goes on. Mounted where it is open only, so that it begins anew each time.
 */
export function FormModal(props: {
  title: string;
  /** Of the button: `Create user`. */
  action: string;
  submit: (signal: AbortSignal) => Promise<unknown>;
  /** Asked before `submit`: whether what was entered is right. Where it is not, shows why, and the form stays. */
  check?: () => boolean;
  close: () => void;
  disabled?: boolean;
  size?: ModalProps.Size;
  children: ReactNode;
}) {
  const { title, action, close } = props;
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const under = useRef<AbortController>(undefined);
  const leave = () => {
    under.current?.abort();
    close();
  };
  const submit = async () => {
    if (props.check?.() === false) return;
    const controller = new AbortController();
    under.current = controller;
    setPending(true);
    setError(undefined);
    try {
      await props.submit(controller.signal);
      close();
    } catch (thrown) {
      if (!isAbort(thrown)) setError(thrown);
    } finally {
      setPending(false);
    }
  };
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={leave}
      {...(props.size === undefined ? {} : { size: props.size })}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={leave}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={pending}
              disabled={props.disabled ?? false}
              onClick={() => void submit()}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!pending && !props.disabled) void submit();
        }}
      >
        <Form>
          <SpaceBetween size="m">
            {error !== undefined && <Failure error={error} />}
            {props.children}
          </SpaceBetween>
        </Form>
      </form>
    </Modal>
  );
}
