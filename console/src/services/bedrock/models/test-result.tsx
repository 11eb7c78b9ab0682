import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Tested } from './bound.ts';

/** What a backend said when it was tried, how fast, and for how many tokens; or its very error. */
export function TestResult({ tested }: { tested: Tested }) {
  const { ok, backend, latencyMs, error, usage, provenance, capabilities } = tested;
  if (!ok)
    return (
      <div data-testid="test-result">
        <Alert type="error" header={`The test call failed: ${error?.name}`}>
          <div>{error?.message}</div>
          <Box variant="small" color="inherit">
            {backend}
            {error?.upstreamStatus === undefined ? '' : ` answered HTTP ${error.upstreamStatus}`}, after {latencyMs} ms
          </Box>
        </Alert>
      </div>
    );
  const can = Object.entries(capabilities ?? {}).filter(([, has]) => has);
  return (
    <div data-testid="test-result">
      <Alert type="success" header="The test call was answered">
        <SpaceBetween size="xs">
          <Box color="inherit">
            {tested.dimensions === undefined
              ? tested.text === ''
                ? 'It said nothing.'
                : tested.text
              : `${tested.dimensions} dimensions: [${tested.vector?.map((each) => each.toFixed(4)).join(', ')}, …]`}
          </Box>
          <Box variant="small" color="inherit">
            {latencyMs} ms; {usage?.inputTokens} tokens in, {usage?.outputTokens} out; {provenance?.kind} by{' '}
            {provenance?.engine} {provenance?.version}
            {tested.stopReason === undefined ? '' : `; stopped: ${tested.stopReason}`}
          </Box>
          <Box variant="small" color="inherit">
            It can: {can.length === 0 ? 'text only' : can.map(([name]) => name).join(', ')}
          </Box>
        </SpaceBetween>
      </Alert>
    </div>
  );
}
