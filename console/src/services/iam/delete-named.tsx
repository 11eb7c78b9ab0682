import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { tellSuccess } from '../../shell/notices.tsx';
import { AskFirst } from '../../ui/ask-first.tsx';

/** Deletes what a page shows after its name was typed, and goes to the list that it was in. */
export function DeleteNamed(props: {
  name: string;
  /** Of the list: `users`. */
  list: string;
  remove: (signal: AbortSignal) => Promise<unknown>;
  close: () => void;
  children: ReactNode;
}) {
  const { name, list, remove, close, children } = props;
  const navigate = useNavigate();
  return (
    <AskFirst
      title={`Delete ${name}?`}
      action="Delete"
      typed={name}
      close={close}
      act={async (signal) => {
        await remove(signal);
        tellSuccess(`Deleted ${name}.`);
        void navigate(`/iam/${list}`);
      }}
    >
      {children}
    </AskFirst>
  );
}
