import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useStack } from '../../aws/stack.ts';
import { Failure } from '../../ui/failure.tsx';

/** Which backend answers which models, and how answers came about lately. */
export function BoundModels() {
  const models = useStack<{ bindings: { pattern: string; backend: string }[] }>('models');
  const calls = useStack<{ calls: { answer?: string }[] }>('calls?limit=1000');
  const kinds = new Map<string, number>();
  for (const { answer } of calls.data?.calls ?? []) {
    if (answer === undefined) continue;
    const kind = answer.split(/[;\s]/)[0]!;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return (
    <Container
      header={
        <Header variant="h2" actions={<Link href="#/bedrock/models">Model catalog</Link>}>
          Models and answers
        </Header>
      }
    >
      {models.error && <Failure error={models.error} />}
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={1}
          items={[
            ...(models.data?.bindings ?? []).map(({ pattern, backend }) => ({
              label: pattern,
              value: <code>{backend}</code>,
            })),
            { label: 'All other models', value: <code>builtin</code> },
          ]}
        />
        <Box variant="h3">How the last answers came about</Box>
        {kinds.size === 0 ? (
          <Box color="text-body-secondary">No model has answered yet.</Box>
        ) : (
          <KeyValuePairs columns={2} items={[...kinds].map(([label, value]) => ({ label, value }))} />
        )}
      </SpaceBetween>
    </Container>
  );
}
