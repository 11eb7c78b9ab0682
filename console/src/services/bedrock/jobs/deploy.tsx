import { BedrockClient, CreateCustomModelDeploymentCommand } from '@aws-sdk/client-bedrock';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useRefresh, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { Failure } from '../../../ui/failure.tsx';
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
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const fault =
    /^(?:[0-9a-zA-Z][_-]?)+$/.test(name) && name.length <= NAME_LENGTH_MAX
      ? ''
      : `Enter a name of 1 to ${NAME_LENGTH_MAX} letters, digits, - and _.`;

  async function deploy() {
    if (fault !== '') return;
    setPending(true);
    setError(undefined);
    try {
      await send(CreateCustomModelDeploymentCommand, { modelDeploymentName: name, modelArn: props.modelArn });
      tellSuccess(<>Deployment {name} is being made. Its ARN, under Custom models, is a model id for invocations.</>);
      props.onClose();
      await refresh();
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  }

  return (
    <Modal
      visible
      header={`Deploy ${props.modelName}`}
      closeAriaLabel="Close"
      onDismiss={props.onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={pending} onClick={() => void deploy()}>
              Deploy
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <Failure error={error} />}
        <TextField label="Deployment name" value={name} onChange={setName} fault={fault} />
      </SpaceBetween>
    </Modal>
  );
}
