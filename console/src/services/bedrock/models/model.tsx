import { BedrockClient, GetFoundationModelCommand, type FoundationModelDetails } from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useCall, useRefresh } from '../../../aws/call.ts';
import { useAsk } from '../../../aws/stack.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { useAction } from '../../../ui/action.ts';
import { Failure } from '../../../ui/failure.tsx';
import { Loading, Page } from '../../../ui/page.tsx';
import { CodeOf } from '../../../ui/show-code.tsx';
import { timeText } from '../../../ui/text.ts';
import { BindModal } from './bind-modal.tsx';
import { backendWords, testKind, useBound, type Tested } from './bound.ts';
import { Capabilities } from './capabilities.tsx';
import { chatHref } from './chat-href.ts';
import { Lifecycle } from './foundation-models.tsx';
import { callableId, modelOfArn, useProfiles } from './profiles.tsx';
import { TestResult } from './test-result.tsx';
import { UnbindModal } from './unbind-modal.tsx';

/** One foundation model: what it can do, how it is called, what it costs, and what answers for it here. */
export function Model() {
  const { modelId = '' } = useParams();
  const { data, error, refetch } = useCall(BedrockClient, GetFoundationModelCommand, { modelIdentifier: modelId });
  const model = data?.modelDetails;
  const { data: profiles } = useProfiles();
  const behind = profiles?.filter(({ models }) => models?.some(({ modelArn }) => modelOfArn(modelArn) === modelId));
  const onDemand = model?.inferenceTypesSupported?.includes('ON_DEMAND') === true;
  const callable = onDemand ? modelId : behind?.[0] && callableId(behind[0]);
  const chats = model?.outputModalities?.includes('TEXT') === true;
  return (
    <Page
      title={model?.modelName ?? modelId}
      trail={[
        { text: 'Amazon Bedrock', href: '#/bedrock/models' },
        { text: 'Model catalog', href: '#/bedrock/models' },
      ]}
      actions={
        chats &&
        callable !== undefined && (
          <Button variant="primary" href={chatHref(callable)}>
            Open in chat playground
          </Button>
        )
      }
    >
      {error ? <Failure error={error} retry={() => void refetch()} /> : !model && <Loading />}
      {model && (
        <>
          <Container header={<Header variant="h2">Overview</Header>}>
            <KeyValuePairs columns={3} items={overview(model)} />
          </Container>
          <Capabilities modelId={modelId} sees={model.inputModalities?.includes('IMAGE') === true} />
          <BackendPanel modelId={modelId} output={model.outputModalities ?? []} />
          <Container header={<Header variant="h2">How it is called</Header>}>
            <SpaceBetween size="m">
              <KeyValuePairs
                columns={2}
                items={[
                  { label: 'By its own id', value: onDemand ? modelId : 'Not on demand: through an inference profile' },
                  {
                    label: 'Inference profiles',
                    value:
                      behind === undefined || behind.length === 0
                        ? 'None that can be called from this region'
                        : behind.map((profile) => (
                            <div key={profile.inferenceProfileArn}>
                              {chats ? (
                                <Link href={chatHref(callableId(profile))}>{callableId(profile)}</Link>
                              ) : (
                                callableId(profile)
                              )}
                            </div>
                          )),
                  },
                ]}
              />
              {chats && callable !== undefined && (
                <CodeOf
                  calls={[
                    {
                      serviceId: 'Bedrock Runtime',
                      operation: 'Converse',
                      input: { modelId: callable, messages: [{ role: 'user', content: [{ text: 'Hello' }] }] },
                    },
                  ]}
                />
              )}
            </SpaceBetween>
          </Container>
        </>
      )}
    </Page>
  );
}

function overview(model: FoundationModelDetails) {
  const list = (values: readonly string[] | undefined) => (values && values.length > 0 ? values.join(', ') : '–');
  const { modelLifecycle: life } = model;
  return [
    {
      label: 'Model id',
      value: (
        <CopyToClipboard
          variant="inline"
          textToCopy={model.modelId!}
          copyButtonAriaLabel="Copy the model id"
          copySuccessText="Copied"
          copyErrorText="The browser did not allow it"
        />
      ),
    },
    { label: 'Provider', value: model.providerName },
    { label: 'Lifecycle', value: <Lifecycle status={life?.status} /> },
    { label: 'Takes', value: list(model.inputModalities) },
    { label: 'Gives', value: list(model.outputModalities) },
    { label: 'Streams its answers', value: model.responseStreamingSupported ? 'Yes' : 'No' },
    { label: 'Inference types', value: list(model.inferenceTypesSupported) },
    { label: 'Can be customised by', value: list(model.customizationsSupported) },
    ...(life?.legacyTime ? [{ label: 'Legacy since', value: timeText(life.legacyTime) }] : []),
    ...(life?.endOfLifeTime ? [{ label: 'End of life', value: timeText(life.endOfLifeTime) }] : []),
  ];
}

/** What answers for the model, and how to change it. Only the root is told. */
function BackendPanel({ modelId, output }: { modelId: string; output: readonly string[] }) {
  const { root, data, error } = useBound(modelId);
  const ask = useAsk();
  const refresh = useRefresh();
  const [open, setOpen] = useState<'bind' | 'unbind'>();
  const [tested, setTested] = useState<Tested>();
  const kind = testKind(output);
  const test = useAction(async (signal) => {
    setTested(undefined);
    setTested(await ask<Tested>('POST', 'models/test', { model: modelId, kind }, signal));
  });
  const found = data?.models[0];
  const words = found && backendWords(found.backend, output);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            root && (
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  loading={test.pending}
                  disabled={kind === undefined}
                  disabledReason="There is no test call for film and speech."
                  onClick={() => void test.run()}
                >
                  Test call
                </Button>
                {found?.pattern !== undefined && <Button onClick={() => setOpen('unbind')}>Remove binding</Button>}
                <Button onClick={() => setOpen('bind')}>Bind</Button>
              </SpaceBetween>
            )
          }
        >
          What answers
        </Header>
      }
    >
      {!root ? (
        <Box>Only the account root sees and changes which backend answers for a model.</Box>
      ) : error ? (
        <Failure error={error} retry={() => void refresh()} />
      ) : !words ? (
        <Loading />
      ) : (
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={2}
            items={[
              { label: 'Answered by', value: `${words.short}: ${words.long}` },
              {
                label: 'Because of',
                value:
                  found?.pattern === undefined
                    ? 'No binding: what answers by default'
                    : `The binding of ${found.pattern}`,
              },
            ]}
          />
          {tested && <TestResult tested={tested} />}
        </SpaceBetween>
      )}
      {open === 'bind' && (
        <BindModal pattern={modelId} kind={kind} files={data?.files ?? []} onDismiss={() => setOpen(undefined)} />
      )}
      {open === 'unbind' && found?.pattern !== undefined && (
        <UnbindModal
          pattern={found.pattern}
          close={() => setOpen(undefined)}
          done={() => {
            setOpen(undefined);
            setTested(undefined);
            tellSuccess(`Nothing is bound to ${found.pattern} any more.`);
          }}
        />
      )}
    </Container>
  );
}
