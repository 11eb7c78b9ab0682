import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import { factsOf } from '../aws/failure.ts';

/** A failed call: name, message, request id, and the way to why it failed. `plain`: without a frame of its own. */
export function Failure({ error, retry, plain }: { error: unknown; retry?: () => void; plain?: boolean }) {
  const { name, message, requestId } = factsOf(error);
  const facts = (
    <>
      <div>{message}</div>
      {requestId !== undefined && (
        <Box variant="small" color="inherit">
          Request id <code>{requestId}</code>{' '}
          <Link href={`#/calls/${encodeURIComponent(requestId)}`} color={plain ? 'inverted' : 'normal'}>
            Why?
          </Link>
        </Box>
      )}
    </>
  );
  if (plain)
    return (
      <div data-testid="failure">
        <strong>{name}</strong>
        {facts}
      </div>
    );
  return (
    <div data-testid="failure">
      <Alert type="error" header={name} action={retry && <Button onClick={retry}>Try again</Button>}>
        {facts}
      </Alert>
    </div>
  );
}
