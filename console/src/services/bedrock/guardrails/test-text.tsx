import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  type ApplyGuardrailResponse,
  type GuardrailContentSource,
} from '@aws-sdk/client-bedrock-runtime';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useSend } from '../../../aws/call.ts';
import { isAbort } from '../../../aws/failure.ts';
import { useAction } from '../../../ui/action.ts';
import { JsonBlock } from '../../../ui/code-block.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { applyInput, type Asked } from './apply.ts';
import { decisionOf, detectedOf, findingsOf, latencyOf, sentencesOf, spansOf, type Span } from './explain.ts';
import { DecisionStatus, FindingsTable } from './findings.tsx';
import { Highlighted } from './highlighted.tsx';
import { VersionField } from './version-field.tsx';

type Tested = { asked: Asked; version: string; answer: ApplyGuardrailResponse; tookMs: number };

/** One text held to a guardrail: what it does, and why. */
export function TestText({ id, versions }: { id: string; versions: string[] }) {
  const send = useSend(BedrockRuntimeClient);
  const [version, setVersion] = useState('DRAFT');
  const [source, setSource] = useState<GuardrailContentSource>('INPUT');
  const [text, setText] = useState('');
  const [groundingSource, setGroundingSource] = useState('');
  const [query, setQuery] = useState('');
  const [tested, setTested] = useState<Tested>();
  const [error, setError] = useState<unknown>();

  const test = useAction(async (signal) => {
    setError(undefined);
    const asked = { text, source, ...(source === 'OUTPUT' ? { groundingSource, query } : {}) };
    const startedMs = performance.now();
    try {
      const answer = await send(ApplyGuardrailCommand, applyInput(id, version, asked), signal);
      setTested({ asked, version, answer, tookMs: performance.now() - startedMs });
    } catch (failure) {
      setTested(undefined);
      if (!isAbort(failure)) setError(failure);
    }
  });

  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" description="ApplyGuardrail holds a text to the guardrail, without a model.">
            Text
          </Header>
        }
      >
        <SpaceBetween size="m">
          <SpaceBetween direction="horizontal" size="l">
            <VersionField label="Version" versions={versions} value={version} onChange={setVersion} />
            <FormField label="Source">
              <SegmentedControl
                label="Source"
                selectedId={source}
                options={[
                  { id: 'INPUT', text: 'Input' },
                  { id: 'OUTPUT', text: 'Output' },
                ]}
                onChange={({ detail }) => setSource(detail.selectedId as GuardrailContentSource)}
              />
            </FormField>
          </SpaceBetween>
          <FormField
            label={source === 'INPUT' ? 'What the user says' : 'What the model answers'}
            constraintText={`${text.length.toLocaleString('en')} characters.`}
            stretch
          >
            <Textarea value={text} rows={5} onChange={({ detail }) => setText(detail.value)} />
          </FormField>
          {source === 'OUTPUT' && (
            <ExpandableSection headerText="Grounding source and query" defaultExpanded={groundingSource !== ''}>
              <SpaceBetween size="m">
                <FormField label="Grounding source" description="What the answer must be borne out by." stretch>
                  <Textarea
                    value={groundingSource}
                    rows={4}
                    onChange={({ detail }) => setGroundingSource(detail.value)}
                  />
                </FormField>
                <FormField label="Query" description="What was asked." stretch>
                  <Textarea value={query} rows={2} onChange={({ detail }) => setQuery(detail.value)} />
                </FormField>
              </SpaceBetween>
            </ExpandableSection>
          )}
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              variant="primary"
              loading={test.pending}
              disabled={text.trim() === ''}
              onClick={() => void test.run()}
            >
              Test
            </Button>
            {test.pending && <Button onClick={test.abort}>Cancel</Button>}
          </SpaceBetween>
          {error !== undefined && <Failure error={error} />}
        </SpaceBetween>
      </Container>
      {tested && <Result key={`${tested.version} ${tested.tookMs}`} id={id} tested={tested} />}
    </SpaceBetween>
  );
}

const SENTENCES_MAX = 50;

function Result({ id, tested }: { id: string; tested: Tested }) {
  const { asked, version, answer, tookMs } = tested;
  const send = useSend(BedrockRuntimeClient);
  const [sentences, setSentences] = useState<Span[]>([]);
  const [looked, setLooked] = useState(false);
  const findings = findingsOf(answer.assessments);
  const decision = decisionOf(findings);
  const parts = sentencesOf(asked.text);
  const meant = detectedOf(findings).filter(({ family }) => family === 'content' || family === 'topic');
  const whole = meant.length > 0 && parts.length === 1 ? meantSpans(meant, parts[0]!) : [];

  const look = useAction(async (signal) => {
    const found: Span[] = [];
    for (const sentence of parts.slice(0, SENTENCES_MAX)) {
      const { assessments } = await send(
        ApplyGuardrailCommand,
        applyInput(id, version, { text: sentence.text, source: asked.source }),
        signal,
      );
      found.push(
        ...meantSpans(
          detectedOf(findingsOf(assessments)).filter(({ family }) => family === 'content' || family === 'topic'),
          sentence,
        ),
      );
    }
    setSentences(found);
    setLooked(true);
  });

  const matched = spansOf(asked.text, findings);
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              meant.length > 0 &&
              parts.length > 1 && (
                <SpaceBetween direction="horizontal" size="xs">
                  {look.pending && <Button onClick={look.abort}>Cancel</Button>}
                  <Button loading={look.pending} onClick={() => void look.run()}>
                    Find the sentences
                  </Button>
                </SpaceBetween>
              )
            }
          >
            Result
          </Header>
        }
      >
        <SpaceBetween size="l">
          <KeyValuePairs
            columns={3}
            items={[
              { label: 'Decision', value: <DecisionStatus decision={decision} /> },
              { label: 'Action', value: answer.action },
              { label: 'Reason', value: answer.actionReason ?? '–' },
              {
                label: 'Latency',
                value: `${latencyOf(answer) ?? '–'} ms in the guardrail, ${Math.round(tookMs)} ms in all`,
              },
            ]}
          />
          <div>
            <Box variant="awsui-key-label">Found in the text</Box>
            <Highlighted
              label="Found in the text"
              text={asked.text}
              spans={merged(matched, [...whole, ...sentences])}
            />
            {meant.length > 0 && parts.length > 1 && !looked && (
              <Box variant="small" color="text-body-secondary">
                Content filters and topics judge the meaning of the text as a whole. <em>Find the sentences</em> holds
                each sentence to the guardrail by itself: one call each, {Math.min(parts.length, SENTENCES_MAX)} in all.
              </Box>
            )}
            {looked && sentences.length === 0 && (
              <Box variant="small" color="text-body-secondary">
                No sentence is stopped by itself: it is the sentences together.
              </Box>
            )}
          </div>
          {(answer.outputs ?? []).length > 0 && (
            <div>
              <Box variant="awsui-key-label">What comes out</Box>
              {/* Masked texts come in the order they went in: the text itself is the last. */}
              <Highlighted label="What comes out" text={answer.outputs!.at(-1)!.text!} spans={[]} />
            </div>
          )}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Why it fired</Header>}>
        <FindingsTable findings={findings} />
      </Container>
      <ExpandableSection variant="container" headerText="Usage and raw answer">
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={4}
            items={Object.entries(answer.usage ?? {}).map(([name, units]) => ({
              label: usageLabel(name),
              value: String(units),
            }))}
          />
          <JsonBlock label="Answer" value={{ ...answer, $metadata: undefined }} />
        </SpaceBetween>
      </ExpandableSection>
    </SpaceBetween>
  );
}

/** `topicPolicyUnits` → `Topic policy units` */
const usageLabel = (name: string): string => {
  const words = name.replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A sentence that means something is marked as a whole. */
const meantSpans = (findings: ReturnType<typeof detectedOf>, { start, end }: { start: number; end: number }): Span[] =>
  findings.length === 0
    ? []
    : [
        {
          start,
          end,
          action: findings.some(({ action }) => action === 'BLOCKED') ? 'BLOCKED' : 'NONE',
          title: findings.map(({ why }) => why).join(' '),
        },
      ];

/** Spans of words within spans of sentences: the sentence is marked around them. */
function merged(inner: readonly Span[], outer: readonly Span[]): Span[] {
  const all = [...inner];
  for (const sentence of outer) {
    let at = sentence.start;
    for (const span of inner.filter(({ start, end }) => start < sentence.end && end > sentence.start)) {
      if (span.start > at) all.push({ ...sentence, start: at, end: span.start });
      at = Math.max(at, span.end);
    }
    if (at < sentence.end) all.push({ ...sentence, start: at });
  }
  return all.sort((a, b) => a.start - b.start);
}
