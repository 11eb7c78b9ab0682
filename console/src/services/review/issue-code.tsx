import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSignedIn } from '../../aws/session.ts';
import { useAsk } from '../../aws/stack.ts';
import { useAction } from '../../ui/action.ts';
import { Failure } from '../../ui/failure.tsx';
import { nameOf, REVIEW_PAGE, type Team } from './team.ts';

const WORKERS_MAX = 50;

/** A team's access code: made, shown once, good until the next one is made. */
export function IssueCode(props: { team?: Team; onClose: () => void; onIssued: () => void }) {
  const { region, account } = useSignedIn();
  const ask = useAsk();
  const [name, setName] = useState(props.team?.team ?? '');
  const [workers, setWorkers] = useState(String(props.team?.workersPerTask ?? 1));
  const [tried, setTried] = useState(false);
  const [code, setCode] = useState<string>();
  const [error, setError] = useState<unknown>();
  const arn = name.startsWith('arn:')
    ? name.trim()
    : `arn:aws:sagemaker:${region}:${account}:flow-definition/${name.trim()}`;
  const nameFault = /^arn:aws[\w-]*:sagemaker:[\w-]+:\d{12}:flow-definition\/[a-z0-9](?:-*[a-z0-9]){0,62}$/.test(arn)
    ? ''
    : 'A name has 1 to 63 small letters, digits and hyphens.';
  const workersFault =
    /^\d+$/.test(workers) && Number(workers) >= 1 && Number(workers) <= WORKERS_MAX
      ? ''
      : `A whole number from 1 to ${WORKERS_MAX}.`;
  const { run, pending } = useAction(async (signal) => {
    setError(undefined);
    try {
      const issued = await ask<{ code: string }>(
        'POST',
        'review-teams',
        { team: arn, workersPerTask: Number(workers) },
        signal,
      );
      setCode(issued.code);
      props.onIssued();
    } catch (failure) {
      setError(failure);
    }
  });
  const title = props.team ? `Issue a new code for ${nameOf(props.team.team)}` : 'Create team';
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={props.onClose}
      footer={
        <Box float="right">
          {code === undefined ? (
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={props.onClose}>
                Cancel
              </Button>
              <Button
                variant="primary"
                loading={pending}
                onClick={() => {
                  setTried(true);
                  if (nameFault === '' && workersFault === '') void run();
                }}
              >
                Issue code
              </Button>
            </SpaceBetween>
          ) : (
            <Button variant="primary" onClick={props.onClose}>
              Done
            </Button>
          )}
        </Box>
      }
    >
      {code === undefined ? (
        <SpaceBetween size="m">
          {error !== undefined && <Failure error={error} />}
          {props.team ? (
            <Alert type="warning">
              The code that the team has now lets nobody in any longer. Who is signed in stays so for up to 12 hours.
            </Alert>
          ) : (
            <FormField
              label="Flow definition"
              description="Name or ARN: what an evaluation job's human workflow names."
              errorText={tried ? nameFault : ''}
              constraintText={name === '' || name.startsWith('arn:') ? '' : arn}
            >
              <Input value={name} onChange={({ detail }) => setName(detail.value)} placeholder="my-team" />
            </FormField>
          )}
          <FormField
            label="Workers per task"
            description="How many people answer each task, in jobs that begin from now on."
            errorText={tried ? workersFault : ''}
          >
            <Input
              type="number"
              inputMode="numeric"
              value={workers}
              onChange={({ detail }) => setWorkers(detail.value)}
            />
          </FormField>
        </SpaceBetween>
      ) : (
        <SpaceBetween size="m">
          <Alert type="success" header="The code is shown this once">
            Give it to those who review, with the address {location.origin}
            {REVIEW_PAGE}
          </Alert>
          <CopyToClipboard
            variant="inline"
            textToCopy={code}
            copyButtonAriaLabel="Copy the code"
            copySuccessText="Copied"
            copyErrorText="The browser did not allow it"
          />
          <Box color="text-body-secondary">
            Jobs name the team by <Box variant="code">{arn}</Box>
          </Box>
        </SpaceBetween>
      )}
    </Modal>
  );
}
