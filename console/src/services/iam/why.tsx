import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Page } from '../../ui/page.tsx';
import { Reasoning } from '../../ui/reasoning.tsx';
import { IAM } from './trail.ts';

/** Why a call was denied, or allowed: by the id that its answer had. */
export function Why() {
  const { requestId } = useParams();
  const navigate = useNavigate();
  const [entered, setEntered] = useState(requestId ?? '');
  const wanted = entered.trim();
  return (
    <Page
      title="Why was it denied"
      trail={[IAM]}
      description="Every call that asks for a permission can be explained: which policies were asked, which statement settled it, and what would have allowed it."
    >
      <Container>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (wanted !== '') void navigate(`/iam/why/${encodeURIComponent(wanted)}`);
          }}
        >
          <FormField
            label="Request id"
            description="Every answer has one, and so has every error: x-amzn-requestid, or $metadata.requestId in the SDK."
            stretch
          >
            <SpaceBetween size="xs">
              <Input
                value={entered}
                onChange={({ detail }) => setEntered(detail.value)}
                placeholder="00000000-0000-0000-0000-000000000000"
                autoComplete={false}
                ariaLabel="Request id"
              />
              <Button variant="primary" formAction="submit" disabled={wanted === ''}>
                Explain
              </Button>
            </SpaceBetween>
          </FormField>
        </form>
      </Container>
      {requestId === undefined ? (
        <Container>
          <SpaceBetween size="s">
            <Box>
              The calls that were made lately, denied ones included, are under <Link href="#/calls">Calls</Link> and in
              the <Link href="#/cloudtrail">event history</Link>. At the command line the same is told by
            </Box>
            <CodeBlock text="npx outcrop why <request id>" label="Command" />
          </SpaceBetween>
        </Container>
      ) : (
        <>
          <Box>
            Request <code>{requestId}</code>. <Link href={`#/calls/${encodeURIComponent(requestId)}`}>The call</Link>
          </Box>
          <Reasoning requestId={requestId} />
        </>
      )}
    </Page>
  );
}
