import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useClockState } from '../../aws/clock.ts';
import { isRoot, useSignedIn } from '../../aws/session.ts';
import { useStack } from '../../aws/stack.ts';
import { Failure } from '../../ui/failure.tsx';
import { timeText, usdText } from '../../ui/text.ts';
import type { Cost } from '../cost/lines.ts';

const EVERY_MS = 5_000;

/** The stack itself: whether it answers, which it is, its clock and its costs. */
export function Running() {
  const session = useSignedIn();
  const root = isRoot(session);
  const version = useStack<{ version: string; node: string; account: string; region: string }>('version', {
    refetchMs: EVERY_MS,
  });
  const cost = useStack<Cost>(root ? 'cost' : undefined, { refetchMs: EVERY_MS });
  const clock = useClockState();
  const items: KeyValuePairsProps.Item[] = [
    {
      label: 'Stack',
      value: version.error ? (
        <StatusIndicator type="error">Not reachable</StatusIndicator>
      ) : (
        <StatusIndicator type={version.data ? 'success' : 'loading'}>
          {version.data ? `Running, version ${version.data.version}` : 'Asking'}
        </StatusIndicator>
      ),
    },
    { label: 'Endpoint', value: <code>{location.origin}</code> },
    { label: 'Account and region', value: `${session.account}, ${session.region}` },
    {
      label: 'Clock',
      value: clock ? (
        <Link href="#/clock">{clock.real ? 'real time' : `${timeText(clock.now)}, not the real time`}</Link>
      ) : (
        '–'
      ),
    },
    ...(root
      ? [
          {
            label: 'What the calls would have cost on AWS',
            value: (
              <Link href="#/cost">
                <Box fontSize="heading-xl" fontWeight="bold" color="inherit">
                  {usdText(cost.data?.usd)}
                </Box>
              </Link>
            ),
          },
        ]
      : []),
  ];
  return (
    <Container header={<Header variant="h2">Running</Header>}>
      {version.error && <Failure error={version.error} />}
      <KeyValuePairs columns={3} items={items} />
    </Container>
  );
}
