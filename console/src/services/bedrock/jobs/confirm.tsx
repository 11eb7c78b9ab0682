import Button from '@cloudscape-design/components/button';
import { useState, type ReactNode } from 'react';
import { AskFirst } from '../../../ui/ask-first.tsx';

/** A button that asks before it does what cannot be undone. */
export function ConfirmedButton(props: {
  label: string;
  title: string;
  children: ReactNode;
  disabled?: boolean;
  act: (signal: AbortSignal) => Promise<unknown>;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button disabled={props.disabled ?? false} onClick={() => setOpen(true)}>
        {props.label}
      </Button>
      {open && (
        <AskFirst title={props.title} action={props.label} act={props.act} close={() => setOpen(false)}>
          {props.children}
        </AskFirst>
      )}
    </>
  );
}
