import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
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
          <Said tested={tested} />
          <Box variant="small" color="inherit">
            {latencyMs} ms; {usage && `${usage.inputTokens} tokens in, ${usage.outputTokens} out; `}
            {provenance?.kind} by {provenance?.engine} {provenance?.version}
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

function Said({ tested: { text, dimensions, vector, image } }: { tested: Tested }) {
  if (image !== undefined) return <Picture base64={image} />;
  if (dimensions !== undefined)
    return (
      <Box color="inherit">
        {dimensions} dimensions: [{vector?.map((each) => each.toFixed(4)).join(', ')}, …]
      </Box>
    );
  return <Box color="inherit">{text === '' ? 'It said nothing.' : text}</Box>;
}

/** By an address of the page's own: it may show no data of others. */
function Picture({ base64 }: { base64: string }) {
  const [address] = useState(() =>
    URL.createObjectURL(new Blob([Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0)!)])),
  );
  return <img src={address} alt="What the backend drew" width={128} />;
}
