import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { usdText } from '../../../ui/text.ts';
import { useModelFacts, type ModelFacts } from './bound.ts';

/** What a model can do, how much it takes, and what its tokens cost. */
export function Capabilities({ modelId, sees }: { modelId: string; sees: boolean }) {
  const { data, error, refetch } = useModelFacts(modelId);
  const facts = data?.models[0];
  return (
    <Container header={<Header variant="h2">Capabilities</Header>}>
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading />
      ) : !facts ? (
        'Nothing more is known of this model.'
      ) : (
        <KeyValuePairs columns={4} items={itemsOf(facts, sees)} />
      )}
    </Container>
  );
}

const has = (can: boolean | undefined, how = 'Yes') => (
  <StatusIndicator type={can ? 'success' : 'stopped'}>{can ? how : 'No'}</StatusIndicator>
);
const tokens = (count: number | undefined): string =>
  count === undefined ? 'Not counted' : `${count.toLocaleString('en')} tokens`;

function itemsOf(
  { contextTokens, outputTokensMax, converse, caching, reasoning, citations, usdPerMillionTokens: price }: ModelFacts,
  sees: boolean,
) {
  const ways = Object.entries(reasoning ?? {}).flatMap(([way, can]) => (can && way in WAYS ? WAYS[way]! : []));
  return [
    { label: 'Context window', value: tokens(contextTokens) },
    { label: 'Longest answer', value: tokens(outputTokensMax) },
    {
      label: 'List price of a million tokens',
      value: price ? `${usdText(price.input)} in, ${usdText(price.output)} out` : 'Not known',
    },
    { label: 'Converse', value: has(converse !== undefined) },
    ...(converse
      ? [
          { label: 'System prompt', value: has(converse.system) },
          { label: 'Documents', value: has(converse.documents) },
          { label: 'Images', value: has(sees) },
          {
            label: 'Tools',
            value: has(converse.tools !== undefined, `Choice: ${converse.tools?.choices.join(', ')}`),
          },
          { label: 'Begun answers', value: has(converse.prefill) },
          { label: 'Temperature with top P', value: has(converse.temperatureWithTopP) },
          {
            label: 'Prompt caching',
            value: has(
              caching !== undefined,
              caching &&
                `From ${caching.minTokens.toLocaleString('en')} tokens, ${caching.oneHour ? 'up to an hour' : '5 minutes'}`,
            ),
          },
          { label: 'Reasoning', value: has(reasoning !== undefined, ways.join(', ')) },
          { label: 'Citations', value: has(citations) },
        ]
      : []),
  ];
}

/** How a model is asked to reason. */
const WAYS: Record<string, string> = { budget: 'by a budget of tokens', adaptive: 'adaptive', effort: 'by effort' };
