import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useSignedIn } from '../../../aws/session.ts';
import { Page } from '../../../ui/page.tsx';
import { usdText } from '../../../ui/text.ts';
import { answer } from './answer.ts';
import { ChatColumn } from './column.tsx';
import { Composer } from './composer.tsx';
import {
  COLUMNS_MAX,
  faultsOf,
  isStreaming,
  newColumn,
  pendingTools,
  tokensText,
  totals,
  userTurn,
  type Chat,
} from './conversation.ts';
import { LoadPrompt } from './load-prompt.tsx';
import './playground.css';
import { chatOf } from './prompt.ts';
import { SavePrompt } from './save-prompt.tsx';
import { SettingsPanel } from './settings.tsx';
import { Share } from './share.tsx';
import { storeOf, useChat } from './store.ts';

const FAULT = 'The configuration has a fault: correct it first.';

/** Talks with up to four models at a time, each in a column of its own. */
export function Playground() {
  const session = useSignedIn();
  const store = storeOf(session);
  const chat = useChat(store);
  const [open, setOpen] = useState<'share' | 'save' | 'load'>();
  const [query, setQuery] = useSearchParams();
  const wanted = query.get('model');
  // What goes on when the page is left would be heard by nobody.
  useEffect(() => () => store.stop(), [store]);
  useEffect(() => {
    if (wanted === null) return;
    setQuery({}, { replace: true });
    store.update((before) => withModel(before, wanted));
  }, [wanted, setQuery, store]);

  const { columns, settings } = chat;
  const streaming = columns.some(isStreaming);
  const valid = Object.keys(faultsOf(settings)).length === 0;
  const sums = totals(columns.flatMap(({ turns }) => turns));
  const begun = columns.some(({ turns }) => turns.length > 0);

  const say = (content: ContentBlock[]) => {
    store.update((before) => ({
      ...before,
      draft: '',
      columns: before.columns.map((column) => ({ ...column, turns: [...column.turns, userTurn(content)] })),
    }));
    for (const { id } of store.get().columns) void answer(store, session, id);
  };
  const startAnew = () => {
    store.stop();
    store.update((before) => ({
      ...before,
      draft: '',
      columns: before.columns.map((column) => ({ ...column, turns: [] })),
    }));
  };

  return (
    <Page
      title="Chat playground"
      trail={[{ text: 'Amazon Bedrock', href: '#/bedrock/models' }]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            disabled={columns.length >= COLUMNS_MAX}
            onClick={() =>
              store.update((before) => ({
                ...before,
                columns: [...before.columns, newColumn(before.columns.at(-1)?.modelId)],
              }))
            }
          >
            Compare with another
          </Button>
          <ButtonDropdown
            items={[
              { id: 'share', text: 'Share as code', disabled: !valid, disabledReason: FAULT },
              {
                id: 'save',
                text: 'Save as a prompt',
                disabled: !begun || !valid,
                disabledReason: valid ? 'Nothing was said yet.' : FAULT,
              },
              { id: 'load', text: 'Load a prompt' },
            ]}
            onItemClick={({ detail }) => setOpen(detail.id as 'share')}
          >
            Actions
          </ButtonDropdown>
          <Button disabled={!begun} onClick={startAnew}>
            New conversation
          </Button>
        </SpaceBetween>
      }
    >
      <SettingsPanel
        settings={settings}
        onChange={(changes) => store.update((before) => ({ ...before, settings: { ...before.settings, ...changes } }))}
      />
      <div className="chat-columns">
        {columns.map((column, index) => (
          <ChatColumn
            key={column.id}
            store={store}
            column={column}
            number={index + 1}
            valid={valid}
            {...(columns.length > 1
              ? {
                  remove: () => {
                    store.stop(column.id);
                    store.update((before) => ({
                      ...before,
                      columns: before.columns.filter(({ id }) => id !== column.id),
                    }));
                  },
                }
              : {})}
          />
        ))}
      </div>
      <SpaceBetween size="xs">
        <Composer
          text={chat.draft}
          onText={(draft) => store.update((before) => ({ ...before, draft }))}
          send={say}
          blocked={
            !valid
              ? FAULT
              : streaming
                ? 'A model is answering.'
                : columns.some((column) => pendingTools(column).length > 0)
                  ? 'A model waits for the result of a tool.'
                  : undefined
          }
        />
        <SpaceBetween direction="horizontal" size="s" alignItems="center">
          {streaming && (
            <Button iconName="close" onClick={() => store.stop()}>
              Stop all
            </Button>
          )}
          <Box variant="small" color="text-body-secondary">
            <span data-testid="total">
              In all: {sums.answers} {sums.answers === 1 ? 'answer' : 'answers'}, {tokensText(sums.input)} in,{' '}
              {sums.output} out
              {sums.usd === undefined ? '' : `, ${usdText(sums.usd)}`}
            </span>
          </Box>
        </SpaceBetween>
      </SpaceBetween>
      {open === 'share' && <Share chat={chat} onDismiss={() => setOpen(undefined)} />}
      {open === 'save' && <SavePrompt chat={chat} onDismiss={() => setOpen(undefined)} />}
      {open === 'load' && (
        <LoadPrompt
          load={(variant) => {
            store.stop();
            store.update((before) => chatOf(variant, before));
          }}
          onDismiss={() => setOpen(undefined)}
        />
      )}
    </Page>
  );
}

/** The model that a link names is the first one's from now on, unless it is there already; what was said stays. */
function withModel(before: Chat, modelId: string): Chat {
  const [first, ...others] = before.columns;
  if (before.columns.some((column) => column.modelId === modelId)) return before;
  return { ...before, columns: [{ ...first!, modelId }, ...others] };
}
