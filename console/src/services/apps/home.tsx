import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useSignedIn } from '../../aws/session.ts';
import { useAsk, useStack } from '../../aws/stack.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable, type ResourceColumn } from '../../ui/resource-table.tsx';
import { timeText } from '../../ui/text.ts';
import { CreditMeter } from './credit-meter.tsx';
import { ModelSelect } from './model-select.tsx';
import { nameOf, type App, type Content, type Models, type Summary } from './types.ts';

const EXAMPLES = [
  'Write a bedtime story about an animal and draw a picture of it',
  'I upload a document; summarize it and translate the summary to a language',
  'Create a quiz on a topic for a grade level, plus a lesson plan for a subject',
];
const SENTENCE_MAX = 1_000;

const columns = (shared: boolean): ResourceColumn<Summary>[] => [
  {
    id: 'title',
    header: 'App',
    isRowHeader: true,
    cell: ({ id, title }) => <Link href={`#/apps/${id}`}>{title}</Link>,
    value: ({ title }) => title,
  },
  { id: 'description', header: 'What it does', cell: ({ description }) => description || '–' },
  shared
    ? { id: 'owner', header: 'Shared by', cell: ({ owner }) => nameOf(owner) }
    : { id: 'shared', header: 'Sharing', cell: (app) => (app.shared ? 'Shared' : 'Private') },
  { id: 'widgets', header: 'Widgets', cell: ({ widgets }) => widgets, width: 130 },
  {
    id: 'updated',
    header: 'Changed',
    cell: ({ updatedAt }) => timeText(updatedAt),
    value: ({ updatedAt }) => updatedAt,
    width: 200,
  },
];

/** Where apps are made from a sentence, and found again. */
export function AppsHome() {
  const { region } = useSignedIn();
  const ask = useAsk();
  const navigate = useNavigate();
  const apps = useStack<{ own: Summary[]; shared: Summary[] }>('apps');
  const models = useStack<Models>(`apps/models?region=${region}`);
  const [sentence, setSentence] = useState('');
  const [model, setModel] = useState<string>();
  const [tried, setTried] = useState(false);
  const missing = sentence.trim() === '' ? 'Say what the app is to do.' : '';
  const tooLong = sentence.length > SENTENCE_MAX ? `${SENTENCE_MAX.toLocaleString('en')} characters at most.` : '';

  const open = (app: App) => void navigate(`/apps/${app.id}`);
  const generate = useAction(async (signal) => {
    const {
      note,
      by: _by,
      ...content
    } = await ask<Content & { by: string; note: string }>(
      'POST',
      'apps/generate',
      { sentence, region, ...(model === undefined ? {} : { model }) },
      signal,
    );
    const app = await ask<App>('POST', 'apps', content, signal);
    tellSuccess(note);
    open(app);
  });
  const blank = useAction(async () =>
    open(await ask<App>('POST', 'apps', { title: 'Untitled app', description: '', widgets: [] })),
  );

  return (
    <Page
      title="Apps"
      description="Say what an app should do, and get one: inputs, texts and pictures that refer to each other. No AWS permissions are needed; runs are paid with daily credits."
    >
      <CreditMeter />
      <Container header={<Header variant="h2">Make an app from a sentence</Header>}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setTried(true);
            if (missing === '' && tooLong === '') void generate.run();
          }}
        >
          <SpaceBetween size="m">
            <FormField
              stretch
              label="What should the app do?"
              description="Say what it asks of its user and what it makes. A language model designs the app where one is bound; where the built-in worker answers, the app is made from the words of your sentence by rules."
              errorText={tooLong || (tried ? missing : '')}
            >
              <Textarea
                value={sentence}
                rows={3}
                placeholder={EXAMPLES[0]}
                onChange={({ detail }) => setSentence(detail.value)}
              />
            </FormField>
            <Box>
              <Box variant="awsui-key-label">Examples</Box>
              {EXAMPLES.map((example) => (
                <div key={example}>
                  <Button variant="inline-link" formAction="none" onClick={() => setSentence(example)}>
                    {example}
                  </Button>
                </div>
              ))}
            </Box>
            <FormField
              label="Model"
              description="It designs the app and writes its texts; each widget may have another later."
            >
              <ModelSelect
                label="Model"
                models={models.data?.text}
                value={model ?? models.data?.standard.text ?? ''}
                onChange={setModel}
              />
            </FormField>
            <SpaceBetween size="xs" direction="horizontal">
              <Button variant="primary" formAction="submit" loading={generate.pending}>
                Generate app
              </Button>
              {generate.pending && (
                <Button formAction="none" onClick={generate.abort}>
                  Stop
                </Button>
              )}
              <Button formAction="none" loading={blank.pending} onClick={() => void blank.run()}>
                Start empty
              </Button>
            </SpaceBetween>
          </SpaceBetween>
        </form>
      </Container>
      <ResourceTable
        title="My apps"
        noun="app"
        items={apps.data?.own}
        error={apps.error}
        columns={columns(false)}
        idOf={({ id }) => id}
        sortedBy="-updated"
        refresh={() => void apps.refetch()}
        refreshing={apps.isFetching}
        empty={<Empty title="You have no apps yet">Describe one above, or remix one that somebody shares below.</Empty>}
      />
      <ResourceTable
        title="Shared on this stack"
        noun="shared app"
        items={apps.data?.shared}
        error={apps.error}
        columns={columns(true)}
        idOf={({ id }) => id}
        sortedBy="-updated"
        empty={
          <Empty title="Nobody else shares an app yet">
            Whoever made an app can share it by its link. It is then listed here for everybody who can sign in.
          </Empty>
        }
      />
    </Page>
  );
}
