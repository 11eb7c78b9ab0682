import Avatar from '@cloudscape-design/chat-components/avatar';
import ChatBubble from '@cloudscape-design/chat-components/chat-bubble';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonGroup from '@cloudscape-design/components/button-group';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Textarea from '@cloudscape-design/components/textarea';
import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { useState } from 'react';
import { CodeBlock, JsonBlock, jsonText } from '../../../ui/code-block.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { bytesText, durationText, usdText } from '../../../ui/text.ts';
import { tokensText, type Answer, type Facts, type Turn } from './conversation.ts';
import { GuardrailTrace } from './guardrail-trace.tsx';
import { Markdown } from './markdown.tsx';

/** Said anew, for the bubbles know the colours of another version of the components, and none of its dark ones. */
const OUTGOING = { bubble: { background: 'transparent', color: 'inherit' } };
const INCOMING = { bubble: { background: 'light-dark(#f6f6f9, #0f141a)', color: 'inherit' } };

const textOf = (content: readonly ContentBlock[]): string => content.flatMap(({ text }) => text ?? []).join('\n\n');

/** What the user said, or what tools answered; it can be changed and said again. */
export function UserBubble(props: { turn: Turn; disabled: boolean; resend: (content: ContentBlock[]) => void }) {
  const { content } = props.turn;
  const [edited, setEdited] = useState<string>();
  const isResult = content.some(({ toolResult }) => toolResult);
  const copy = textOf(content);
  return (
    <ChatBubble
      type="outgoing"
      style={OUTGOING}
      ariaLabel={isResult ? 'Tool result' : 'You'}
      avatar={<Avatar ariaLabel={isResult ? 'Tool' : 'You'} {...(isResult ? { iconName: 'settings' as const } : {})} />}
      {...(edited === undefined && !isResult
        ? {
            actions: (
              <ButtonGroup
                ariaLabel="What to do with this message"
                variant="icon"
                items={[
                  {
                    type: 'icon-button',
                    id: 'edit',
                    iconName: 'edit',
                    text: 'Edit and send again',
                    disabled: props.disabled,
                  },
                ]}
                onItemClick={() => setEdited(copy)}
              />
            ),
          }
        : {})}
    >
      {edited === undefined ? (
        <SpaceBetween size="xs">
          {content.map((block, index) => (
            <UserBlock key={index} block={block} />
          ))}
        </SpaceBetween>
      ) : (
        <SpaceBetween size="xs">
          <Textarea ariaLabel="Message" value={edited} onChange={({ detail }) => setEdited(detail.value)} />
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              variant="primary"
              disabled={edited.trim() === ''}
              onClick={() => {
                setEdited(undefined);
                props.resend([...content.filter(({ text }) => text === undefined), { text: edited }]);
              }}
            >
              Send again
            </Button>
            <Button variant="link" onClick={() => setEdited(undefined)}>
              Cancel
            </Button>
          </SpaceBetween>
        </SpaceBetween>
      )}
    </ChatBubble>
  );
}

function UserBlock({ block }: { block: ContentBlock }) {
  if (block.text !== undefined) return <div className="chat-plain">{block.text}</div>;
  if (block.document) {
    const { name, format, source } = block.document;
    return (
      <div>
        <Badge>{format}</Badge> {name} ({bytesText(source?.bytes?.byteLength)})
      </div>
    );
  }
  if (block.image?.source?.bytes) return <Picture bytes={block.image.source.bytes} format={block.image.format!} />;
  if (block.toolResult) {
    const { status = 'success', content } = block.toolResult;
    return (
      <div>
        <StatusIndicator type={status === 'error' ? 'error' : 'success'}>
          {status === 'error' ? 'The tool failed' : 'The tool answered'}
        </StatusIndicator>
        <CodeBlock
          label="Tool result"
          text={content?.map(({ json, text }) => (json === undefined ? text : jsonText(json))).join('\n') ?? ''}
        />
      </div>
    );
  }
  return <JsonBlock value={block} />;
}

const addresses = new WeakMap<Uint8Array, string>();

/** An address of the page's own for bytes that it holds, for as long as the page is open. */
function addressOf(bytes: Uint8Array, format: string): string {
  let address = addresses.get(bytes);
  if (address === undefined) {
    address = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: `image/${format}` }));
    addresses.set(bytes, address);
  }
  return address;
}

const Picture = ({ bytes, format }: { bytes: Uint8Array; format: string }) => (
  <img className="chat-image" src={addressOf(bytes, format)} alt={`Attached ${format} file`} />
);

/** What a model answered, and how it came about. */
export function AnswerBubble({ turn, last, retry }: { turn: Answer; last: boolean; retry: () => void }) {
  const { state, content, facts, failure, modelId } = turn;
  const streaming = state === 'streaming';
  const text = textOf(content);
  const label = `Answer of ${modelId}`;
  return (
    <ChatBubble
      type="incoming"
      style={INCOMING}
      ariaLabel={label}
      showLoadingBar={streaming}
      avatar={<Avatar color="gen-ai" iconName="gen-ai" ariaLabel={label} loading={streaming} />}
      actions={
        streaming ? undefined : (
          <ButtonGroup
            ariaLabel={`What to do with the answer of ${modelId}`}
            variant="icon"
            items={[
              {
                type: 'icon-button' as const,
                id: 'copy',
                iconName: 'copy' as const,
                text: 'Copy',
                popoverFeedback: <StatusIndicator type="success">Copied</StatusIndicator>,
              },
              ...(last
                ? [{ type: 'icon-button' as const, id: 'retry', iconName: 'refresh' as const, text: 'Retry' }]
                : []),
            ]}
            onItemClick={({ detail }) => {
              if (detail.id === 'retry') retry();
              else void navigator.clipboard.writeText(text);
            }}
          />
        )
      }
    >
      <SpaceBetween size="s">
        {content.map((block, index) => (
          <AnswerBlock key={index} block={block} />
        ))}
        {streaming && content.length === 0 && <Box color="text-status-inactive">Waiting for the first words</Box>}
        {state === 'done' && content.length === 0 && <Box color="text-status-inactive">The model said nothing.</Box>}
        {state === 'stopped' && <StatusIndicator type="stopped">Stopped</StatusIndicator>}
        {failure && <Failure error={asError(failure)} />}
        {turn.stopReason === 'guardrail_intervened' && (
          <StatusIndicator type="warning">The guardrail intervened</StatusIndicator>
        )}
        {turn.stopReason === 'max_tokens' && (
          <StatusIndicator type="info">Cut at the maximum of tokens</StatusIndicator>
        )}
        {facts.trace && <GuardrailTrace trace={facts.trace} />}
        {!streaming && <FactsLine facts={facts} stopReason={turn.stopReason} />}
      </SpaceBetween>
    </ChatBubble>
  );
}

const asError = ({ name, message, requestId }: NonNullable<Answer['failure']>): Error =>
  Object.assign(new Error(message), { name, $metadata: { requestId } });

function AnswerBlock({ block }: { block: ContentBlock }) {
  if (block.text !== undefined) return <Markdown text={block.text} />;
  if (block.reasoningContent) {
    const { reasoningText } = block.reasoningContent;
    return (
      <ExpandableSection headerText="Reasoning">
        <div className="chat-plain">{reasoningText?.text ?? 'The model’s thoughts are sealed.'}</div>
      </ExpandableSection>
    );
  }
  if (block.toolUse)
    return (
      <div>
        <Box variant="strong">Calls the tool {block.toolUse.name}</Box>
        <JsonBlock value={block.toolUse.input} label={`Input of ${block.toolUse.name}`} />
      </div>
    );
  return <JsonBlock value={block} />;
}

/** Tokens, time, cost and how the answer came about, in small. */
function FactsLine({ facts, stopReason }: { facts: Facts; stopReason: string | undefined }) {
  const { usage, latencyMs, firstMs, usd, answer, requestId } = facts;
  const parts = [
    usage && `${tokensText(usage.inputTokens)} in, ${usage.outputTokens} out`,
    usage?.cacheReadInputTokens ? `${usage.cacheReadInputTokens} read from the cache` : undefined,
    latencyMs !== undefined && durationText(latencyMs * 1000),
    firstMs !== undefined && `first words after ${durationText(Math.round(firstMs * 1000))}`,
    usd !== undefined && usdText(usd),
    stopReason,
    answer,
  ].filter(Boolean);
  if (parts.length === 0) return null;
  return (
    <Box variant="small" color="text-body-secondary">
      <span data-testid="facts">{parts.join(' · ')}</span>{' '}
      {requestId !== undefined && (
        <Link href={`#/calls/${encodeURIComponent(requestId)}`} fontSize="body-s" ariaLabel={`The call ${requestId}`}>
          Call
        </Link>
      )}
    </Box>
  );
}
