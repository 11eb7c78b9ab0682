import ProgressBar from '@cloudscape-design/components/progress-bar';
import { useStack } from '../../aws/stack.ts';
import { Failure } from '../../ui/failure.tsx';
import { timeText } from '../../ui/text.ts';
import type { CreditUse } from './types.ts';

/** What of today's credits is used, and when they are new. */
export function CreditMeter() {
  const { data, error, refetch } = useStack<CreditUse>('apps/credits');
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return null;
  const { used, limit, left, renewsAt } = data;
  const figures = `${used.toLocaleString('en')} of ${limit.toLocaleString('en')} used`;
  return (
    <ProgressBar
      label="Credits of today"
      value={limit === 0 ? 100 : Math.min(100, (used / limit) * 100)}
      status={left === 0 ? 'error' : 'in-progress'}
      resultText={`${figures}. Runs are refused until ${timeText(renewsAt)}.`}
      additionalInfo={`${figures}; new at ${timeText(renewsAt)}. A token read or written is a credit, a picture is 1,000.`}
    />
  );
}
