import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState, type ReactNode } from 'react';
import { FormModal } from './form-modal.tsx';

/** Asks before something that cannot be taken back. `typed`: what has to be typed to go on. */
export function AskFirst(props: {
  title: string;
  action: string;
  children: ReactNode;
  act: (signal: AbortSignal) => Promise<unknown>;
  close: () => void;
  typed?: string;
}) {
  const [typed, setTyped] = useState('');
  return (
    <FormModal
      title={props.title}
      action={props.action}
      submit={props.act}
      close={props.close}
      disabled={props.typed !== undefined && typed !== props.typed}
    >
      <Alert type="warning">{props.children}</Alert>
      {props.typed !== undefined && (
        <FormField label={`To confirm, type ${props.typed}`}>
          <Input
            value={typed}
            onChange={({ detail }) => setTyped(detail.value)}
            placeholder={props.typed}
            autoComplete={false}
          />
        </FormField>
      )}
    </FormModal>
  );
}
