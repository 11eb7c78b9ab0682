import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import LiveRegion from '@cloudscape-design/components/live-region';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef } from 'react';
import { useSignedIn } from '../../../aws/session.ts';
import { Empty } from '../../../ui/empty.tsx';
import { usdText } from '../../../ui/text.ts';
import { answer } from './answer.ts';
import { converseInput, isStreaming, pendingTools, tokensText, totals, userTurn, type Column } from './conversation.ts';
import { ModelPicker } from './model-picker.tsx';
import type { ChatStore } from './store.ts';
import { ToolResults } from './tool-results.tsx';
import { AnswerBubble, UserBubble } from './turns.tsx';

/** Pixels from its end within which what comes in is followed. */
const NEAR_END = 80;

/** One model, and its side of the conversation. */
export function ChatColumn(props: {
  store: ChatStore;
  column: Column;
  number: number;
  valid: boolean;
  remove?: () => void;
}) {
  const { store, column, number } = props;
  const session = useSignedIn();
  const streaming = isStreaming(column);
  const pending = pendingTools(column);
  const sums = totals(column.turns);
  const scrolled = useRef<HTMLElement>(null);
  const followed = useRef(true);
  useEffect(() => {
    if (followed.current && scrolled.current) scrolled.current.scrollTop = scrolled.current.scrollHeight;
  });

  const goOn = (turns: (before: Column['turns']) => Column['turns']) => {
    store.stop(column.id);
    store.updateColumn(column.id, (before) => ({ ...before, turns: turns(before.turns) }));
    followed.current = true;
    void answer(store, session, column.id);
  };
  const resend = (index: number) => (content: ContentBlock[]) =>
    goOn((turns) => [...turns.slice(0, index), userTurn(content)]);

  return (
    <section aria-label={`Model ${number}`}>
      <Container
        header={
          <SpaceBetween size="xs">
            <ModelPicker
              label={`Model ${number}`}
              value={column.modelId}
              disabled={streaming}
              store={store}
              columnId={column.id}
            />
            {props.remove && (
              <Button
                variant="inline-link"
                ariaLabel={`Remove model ${number}`}
                disabled={streaming}
                onClick={props.remove}
              >
                Remove
              </Button>
            )}
          </SpaceBetween>
        }
        footer={
          <SpaceBetween direction="horizontal" size="s" alignItems="center">
            <Box variant="small" color="text-body-secondary">
              <span data-testid="sums">
                {tokensText(sums.input)} in, {sums.output} out
                {sums.usd === undefined ? '' : `, ${usdText(sums.usd)}`}
              </span>
            </Box>
            {streaming && (
              <Button iconName="close" onClick={() => store.stop(column.id)} ariaLabel={`Stop model ${number}`}>
                Stop
              </Button>
            )}
          </SpaceBetween>
        }
      >
        {/* The conversation is scrolled by keyboard as well. */}
        <section
          className="chat-turns"
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          ref={scrolled}
          aria-label={`Conversation with model ${number}`}
          onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
            followed.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
          }}
        >
          <SpaceBetween size="m">
            {column.turns.length === 0 && (
              <Empty
                title="Nothing was said yet"
                {...(number === 1 && props.valid
                  ? {
                      code: [
                        {
                          serviceId: 'Bedrock Runtime',
                          operation: 'Converse',
                          input: converseInput(store.get().settings, column.modelId, [userTurn([{ text: 'Hello' }])]),
                        },
                      ],
                    }
                  : {})}
              >
                Write a message below, with documents or images if you like.
              </Empty>
            )}
            {column.turns.map((turn, index) =>
              turn.role === 'user' ? (
                <UserBubble key={turn.id} turn={turn} disabled={streaming || !props.valid} resend={resend(index)} />
              ) : (
                <AnswerBubble
                  key={turn.id}
                  turn={turn}
                  last={index === column.turns.length - 1 && props.valid}
                  retry={() => goOn((turns) => turns.filter(({ id }) => id !== turn.id))}
                />
              ),
            )}
            {pending.length > 0 && (
              <ToolResults
                key={pending.map(({ toolUseId }) => toolUseId).join(' ')}
                tools={pending}
                disabled={!props.valid}
                send={(results) => goOn((turns) => [...turns, userTurn(results)])}
              />
            )}
          </SpaceBetween>
        </section>
        <LiveRegion hidden>{announced(column)}</LiveRegion>
      </Container>
    </section>
  );
}

/** Told to those who hear the page once an answer is whole. */
function announced(column: Column): string {
  const last = column.turns.at(-1);
  if (last?.role !== 'assistant') return '';
  if (last.state === 'streaming') return `${last.modelId} is answering`;
  return `${last.modelId}: ${last.content.map(({ text }) => text ?? '').join(' ')}`;
}
