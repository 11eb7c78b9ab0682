import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { useRefresh } from '../aws/call.ts';
import { FormModal } from './form-modal.tsx';

const DAYS = { min: 7, max: 30 };

/** Asks in how many days something is to be deleted for good, as AWS has it for keys and secrets. */
export function ScheduleDeletion(props: {
  title: string;
  warning: string;
  schedule: (days: number, signal: AbortSignal) => Promise<unknown>;
  close: () => void;
}) {
  const refresh = useRefresh();
  const [typed, setTyped] = useState(String(DAYS.max));
  const days = Number(typed);
  const wrong = !Number.isInteger(days) || days < DAYS.min || days > DAYS.max;
  return (
    <FormModal
      title={props.title}
      action="Schedule deletion"
      close={props.close}
      disabled={wrong}
      submit={async (signal) => {
        await props.schedule(days, signal);
        await refresh();
      }}
    >
      <Alert type="warning">{props.warning}</Alert>
      <FormField label="Waiting period, in days" errorText={wrong ? 'Between 7 and 30 days.' : undefined}>
        <Input type="number" inputMode="numeric" value={typed} onChange={({ detail }) => setTyped(detail.value)} />
      </FormField>
    </FormModal>
  );
}
