import { BedrockClient, CreateCustomModelDeploymentCommand } from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { useRefresh, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { FormModal } from '../../../ui/form-modal.tsx';
import { TextField } from './fields.tsx';

const NAME_LENGTH_MAX = 63;

/** A custom model is asked through a deployment, on demand. */
export function DeployButton({ modelArn, modelName }: { modelArn: string; modelName: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        Deploy model
      </Button>
      {open && <Deploy modelArn={modelArn} modelName={modelName} onClose={() => setOpen(false)} />}
    </>
  );
}

function Deploy(props: { modelArn: string; modelName: string; onClose: () => void }) {
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const [name, setName] = useState(props.modelName);
  const fault =
    /^(?:[0-9a-zA-Z][_-]?)+$/.test(name) && name.length <= NAME_LENGTH_MAX
      ? ''
      : `Enter a name of 1 to ${NAME_LENGTH_MAX} letters, digits, - and _.`;

  async function deploy(signal: AbortSignal) {
    await send(CreateCustomModelDeploymentCommand, { modelDeploymentName: name, modelArn: props.modelArn }, signal);
    tellSuccess(<>Deployment {name} is being made. Its ARN, under Custom models, is a model id for invocations.</>);
    await refresh();
  }

  return (
    <FormModal
      title={`Deploy ${props.modelName}`}
      action="Deploy"
      check={() => fault === ''}
      submit={deploy}
      close={props.onClose}
    >
      <TextField label="Deployment name" value={name} onChange={setName} fault={fault} />
    </FormModal>
  );
}
