import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import { useState } from 'react';
import { useRefresh } from '../../aws/call.ts';
import { useAsk } from '../../aws/stack.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { replayIdOf, replayRuleOf } from '../rules/types.ts';
import type { ListedCall } from './types.ts';

type Made = { cassette: string; entries: number };

/** Writes calls that were made to a cassette, and has calls answered from it if that is wanted. */
export function MakeCassette({
  calls,
  onClose,
  onMade,
}: {
  calls: readonly Pick<ListedCall, 'requestId' | 'service' | 'operation'>[];
  onClose: () => void;
  onMade: () => void;
}) {
  const ask = useAsk();
  const refresh = useRefresh();
  const first = calls[0]!;
  const [name, setName] = useState(`cassettes/${first.service}-${calls.length === 1 ? first.operation : 'calls'}.yaml`);
  const [plays, setPlays] = useState(true);
  const wrong =
    name.trim() === '' ? 'A cassette has a name: a file below the folder that the stack works in.' : undefined;
  const make = async () => {
    const cassette = name.trim();
    const made = await ask<Made>('POST', 'cassettes', { cassette, calls: calls.map(({ requestId }) => requestId) });
    if (plays)
      await ask(
        'PUT',
        `rules/${replayIdOf(cassette)}`,
        replayRuleOf(cassette, [...new Set(calls.map(({ service }) => service))]),
      );
    tellSuccess(
      <>
        {calls.length === 1 ? 'The call is' : `${calls.length} calls are`} in {made.cassette}, which has {made.entries}{' '}
        {made.entries === 1 ? 'entry' : 'entries'} now.{' '}
        <Link href="#/rules/cassettes" color="inverted">
          Cassettes
        </Link>
      </>,
    );
    await refresh();
    onMade();
  };
  return (
    <FormModal
      title="Make a cassette"
      action="Make cassette"
      check={() => wrong === undefined}
      submit={make}
      close={onClose}
    >
      <Box>
        {calls.length === 1 ? `${first.service}.${first.operation}` : `${calls.length} calls`} and{' '}
        {calls.length === 1 ? 'its answer' : 'their answers'} as they were on the wire are added to a file, a YAML
        document each.
      </Box>
      <FormField
        label="Cassette"
        description="A file below the folder that the stack works in. One that is there already is added to."
        errorText={wrong}
      >
        <Input value={name} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <Checkbox checked={plays} onChange={({ detail }) => setPlays(detail.checked)}>
        Answer from it from now on; what it does not have is computed
      </Checkbox>
      {calls.length > 1 && (
        <Alert type="info">
          Calls with secrets, long bodies or streams as bodies cannot be added afterwards: record them with a rule.
        </Alert>
      )}
    </FormModal>
  );
}
