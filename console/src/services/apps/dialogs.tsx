import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import { useSignedIn } from '../../aws/session.ts';
import { useAsk, useStack } from '../../aws/stack.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading } from '../../ui/page.tsx';
import type { App, Content } from './types.ts';

/** The title of an app, and what it says of itself. */
export function DetailsDialog(props: {
  app: App;
  save: (change: Partial<Content>) => Promise<void>;
  close: () => void;
}) {
  const { app, save, close } = props;
  const [title, setTitle] = useState(app.title);
  const [description, setDescription] = useState(app.description);
  const [tried, setTried] = useState(false);
  const fault = title.trim() === '' ? 'An app has a title.' : title.trim().length > 60 ? '60 characters at most.' : '';
  return (
    <FormModal
      title="Edit title"
      action="Save"
      check={() => {
        setTried(true);
        return fault === '' && description.length <= 500;
      }}
      submit={() => save({ title, description })}
      close={close}
    >
      <FormField label="Title" stretch errorText={tried ? fault : ''}>
        <Input value={title} onChange={({ detail }) => setTitle(detail.value)} />
      </FormField>
      <FormField label="Description" stretch errorText={description.length > 500 ? '500 characters at most.' : ''}>
        <Textarea value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
    </FormModal>
  );
}

/** Whether others see the app, and by which link. */
export function ShareDialog({ app, become, close }: { app: App; become: (app: App) => void; close: () => void }) {
  const ask = useAsk();
  const link = `${location.origin}/#/apps/${app.id}`;
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>();
  const share = async (shared: boolean) => {
    setPending(true);
    setError(undefined);
    try {
      become(await ask<App>('POST', `apps/${app.id}/share`, { shared }));
    } catch (failure) {
      setError(failure);
    } finally {
      setPending(false);
    }
  };
  return (
    <Modal
      visible
      header="Share"
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <Failure error={error} />}
        <Toggle checked={app.shared} disabled={pending} onChange={({ detail }) => void share(detail.checked)}>
          Everybody who can sign in to this stack may open, run and remix it
        </Toggle>
        {app.shared && (
          <SpaceBetween size="xs">
            <FormField label="Link" stretch>
              <Input value={link} readOnly />
            </FormField>
            <CopyToClipboard
              copyButtonText="Copy link"
              copySuccessText="Copied"
              copyErrorText="The browser did not allow it"
              textToCopy={link}
            />
          </SpaceBetween>
        )}
        <Box color="text-body-secondary">
          Others run it with inputs and credits of their own, and cannot change it. Your inputs, outputs and snapshots
          are not shared.
        </Box>
      </SpaceBetween>
    </Modal>
  );
}

const FILES = { python: 'app.py', javascript: 'app.mjs' };

/** The app as a program of its own. */
export function CodeDialog({ app, close }: { app: App; close: () => void }) {
  const { region } = useSignedIn();
  const [language, setLanguage] = useState<'python' | 'javascript'>('python');
  const { data, error } = useStack<{ code: string }>(
    `apps/${app.id}/code?language=${language}&region=${region}&version=${app.version}`,
  );
  const download = () => {
    const url = URL.createObjectURL(new Blob([data!.code], { type: 'text/plain' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: FILES[language] });
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Modal
      visible
      size="large"
      header="Export as code"
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween size="xs" direction="horizontal">
            <Button iconName="download" disabled={!data} onClick={download}>
              {`Download ${FILES[language]}`}
            </Button>
            <Button variant="primary" onClick={close}>
              Done
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="s">
        <Box color="text-body-secondary">
          The same graph by Converse, with the credentials of your environment. Inputs are options on the command line;
          --help or the code lists them.
        </Box>
        <SegmentedControl
          label="Language of the program"
          selectedId={language}
          options={[
            { id: 'python', text: 'Python (boto3)' },
            { id: 'javascript', text: 'Node.js' },
          ]}
          onChange={({ detail }) => setLanguage(detail.selectedId as 'python')}
        />
        {error ? (
          <Failure error={error} />
        ) : data ? (
          <>
            <CopyToClipboard
              copyButtonText="Copy"
              copySuccessText="Copied"
              copyErrorText="The browser did not allow it"
              textToCopy={data.code}
            />
            <CodeBlock text={data.code} label="Program" />
          </>
        ) : (
          <Loading />
        )}
      </SpaceBetween>
    </Modal>
  );
}
