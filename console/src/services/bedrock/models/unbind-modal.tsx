import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useRefresh } from '../../../aws/call.ts';
import { useAsk } from '../../../aws/stack.ts';
import { Failure } from '../../../ui/failure.tsx';

/** Asks before a binding is taken back. */
export function UnbindModal({ pattern, onDismiss }: { pattern: string; onDismiss: (done: boolean) => void }) {
  const ask = useAsk();
  const refresh = useRefresh();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  async function unbind() {
    setPending(true);
    try {
      await ask('DELETE', `models?pattern=${encodeURIComponent(pattern)}`);
      await refresh();
      onDismiss(true);
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  }
  return (
    <Modal
      visible
      header="Remove binding"
      onDismiss={() => onDismiss(false)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => onDismiss(false)}>Cancel</Button>
            <Button variant="primary" loading={pending} onClick={() => void unbind()}>
              Remove
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="s">
        <Box>
          From its next call on, what matches <strong>{pattern}</strong> is answered by the next pattern that fits, or
          by builtin.
        </Box>
        {error !== undefined && <Failure error={error} />}
      </SpaceBetween>
    </Modal>
  );
}
