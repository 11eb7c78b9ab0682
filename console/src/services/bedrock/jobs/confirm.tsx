import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type ReactNode } from 'react';
import { useAction } from '../../../ui/action.ts';

/** A button that asks before it does what cannot be undone. */
export function ConfirmedButton(props: {
  label: string;
  title: string;
  children: ReactNode;
  disabled?: boolean;
  act: (signal: AbortSignal) => Promise<unknown>;
}) {
  const [open, setOpen] = useState(false);
  const { run, pending } = useAction(props.act);
  return (
    <>
      <Button disabled={props.disabled ?? false} onClick={() => setOpen(true)}>
        {props.label}
      </Button>
      {open && (
        <Modal
          visible
          header={props.title}
          closeAriaLabel="Close"
          onDismiss={() => setOpen(false)}
          footer={
            <Box float="right">
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="link" onClick={() => setOpen(false)}>
                  Cancel
                </Button>
                <Button
                  variant="primary"
                  loading={pending}
                  onClick={() => {
                    void run().then(() => setOpen(false));
                  }}
                >
                  {props.label}
                </Button>
              </SpaceBetween>
            </Box>
          }
        >
          {props.children}
        </Modal>
      )}
    </>
  );
}
