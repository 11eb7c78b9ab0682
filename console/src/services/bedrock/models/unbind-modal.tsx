import { useRefresh } from '../../../aws/call.ts';
import { useAsk } from '../../../aws/stack.ts';
import { AskFirst } from '../../../ui/ask-first.tsx';

/** Asks before a binding is taken back. */
export function UnbindModal({ pattern, done, close }: { pattern: string; done: () => void; close: () => void }) {
  const ask = useAsk();
  const refresh = useRefresh();
  return (
    <AskFirst
      title="Remove binding"
      action="Remove"
      close={close}
      act={async () => {
        await ask('DELETE', `models?pattern=${encodeURIComponent(pattern)}`);
        await refresh();
        done();
      }}
    >
      From its next call on, what matches <strong>{pattern}</strong> is answered by the next pattern that fits, or by
      builtin.
    </AskFirst>
  );
}
