import Grid from '@cloudscape-design/components/grid';
import { isRoot, useSignedIn } from '../../aws/session.ts';
import { Page } from '../../ui/page.tsx';
import { BoundModels } from './bound-models.tsx';
import { Connect } from './connect.tsx';
import { Coverage } from './coverage.tsx';
import { RecentCalls } from './recent-calls.tsx';
import { Running } from './running.tsx';
import { Visit } from './visit.tsx';

/** What is running, how models answer, what was called and what it would have cost, and what of AWS is built. */
export function Home() {
  const root = isRoot(useSignedIn());
  return (
    <Page title="Home" description="The AWS AI stack on your own machine.">
      <Running />
      <Visit />
      {root && (
        <Grid gridDefinition={[{ colspan: { default: 12, m: 7 } }, { colspan: { default: 12, m: 5 } }]}>
          <RecentCalls />
          <BoundModels />
        </Grid>
      )}
      <Connect />
      <Coverage />
    </Page>
  );
}
