import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { CodeBlock } from '../../../ui/code-block.tsx';
import {
  CONTENT_LABELS,
  CONTENT_TYPES,
  entityLabel,
  GROUNDING_TYPES,
  linesOf,
  STRENGTH_LABELS,
  TIER_LABELS,
  WAY_LABELS,
  type GuardrailForm,
  type Strength,
  type Way,
} from './model.ts';

type Row = { policy: string; what: string; detail: string; input: string; output: string };

const strength = (way: Way, value: Strength) =>
  way === 'OFF' ? 'Off' : `${STRENGTH_LABELS[value]}, ${WAY_LABELS[way].toLowerCase()}`;

/** All filters of a guardrail, one on each line. */
export function PoliciesView({ form }: { form: GuardrailForm }) {
  const rows: Row[] = [
    ...CONTENT_TYPES.filter((type) => form.content[type].on).map((type): Row => {
      const { input, output, inputStrength, outputStrength } = form.content[type];
      return {
        policy: 'Content filter',
        what: CONTENT_LABELS[type],
        detail: `${TIER_LABELS[form.contentTier]} tier`,
        input: strength(input, inputStrength),
        output: type === 'PROMPT_ATTACK' ? '–' : strength(output, outputStrength),
      };
    }),
    ...form.topics.map(({ name, definition, input, output }): Row => ({
      policy: 'Denied topic',
      what: name,
      detail: definition,
      ...ways(input, output),
    })),
    ...(form.profanity.on
      ? [
          {
            policy: 'Word filter',
            what: 'Profanity',
            detail: 'Managed list',
            ...ways(form.profanity.input, form.profanity.output),
          },
        ]
      : []),
    ...form.words.map(({ words, input, output }): Row => ({
      policy: 'Word filter',
      what: 'Custom words',
      detail: `${linesOf(words).length.toLocaleString('en')} words and phrases`,
      ...ways(input, output),
    })),
    ...form.entities.map(({ type, input, output }): Row => ({
      policy: 'Sensitive information',
      what: entityLabel(type),
      detail: type,
      ...ways(input, output),
    })),
    ...form.regexes.map(({ name, pattern, input, output }): Row => ({
      policy: 'Regex',
      what: name,
      detail: pattern,
      ...ways(input, output),
    })),
    ...GROUNDING_TYPES.filter((type) => form.grounding[type].on).map((type): Row => ({
      policy: 'Contextual grounding',
      what: type === 'GROUNDING' ? 'Grounding' : 'Relevance',
      detail: `Threshold ${form.grounding[type].threshold}`,
      input: '–',
      output: WAY_LABELS[form.grounding[type].way],
    })),
    ...form.reasoning.map((arn): Row => ({
      policy: 'Automated Reasoning',
      what: arn,
      detail: '–',
      input: '–',
      output: 'Detect only',
    })),
  ];
  const words = form.words.flatMap((group) => linesOf(group.words));
  return (
    <Container header={<Header variant="h2">Policies</Header>}>
      <SpaceBetween size="m">
        <Table<Row>
          variant="embedded"
          items={rows}
          wrapLines
          ariaLabels={{ tableLabel: 'Policies' }}
          empty="No policies."
          columnDefinitions={[
            { id: 'policy', header: 'Policy', cell: ({ policy }) => policy, minWidth: 120 },
            { id: 'what', header: 'Filter', cell: ({ what }) => what, isRowHeader: true, minWidth: 120 },
            { id: 'detail', header: 'Detail', cell: ({ detail }) => <Box variant="span">{detail}</Box>, minWidth: 160 },
            { id: 'input', header: 'Input', cell: ({ input }) => input, minWidth: 100 },
            { id: 'output', header: 'Output', cell: ({ output }) => output, minWidth: 100 },
          ]}
        />
        {words.length > 0 && (
          <ExpandableSection headerText="Custom words">
            <CodeBlock text={words.join('\n')} label="Custom words" />
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Container>
  );
}

const ways = (input: Way, output: Way) => ({ input: WAY_LABELS[input], output: WAY_LABELS[output] });
