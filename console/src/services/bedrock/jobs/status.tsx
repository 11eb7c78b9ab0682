import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Session } from '../../../aws/session.ts';

const TYPES: Record<string, StatusIndicatorProps.Type> = {
  Completed: 'success',
  PartiallyCompleted: 'warning',
  Failed: 'error',
  Expired: 'error',
  Stopped: 'stopped',
  Stopping: 'in-progress',
  Deleting: 'in-progress',
  InProgress: 'in-progress',
  Submitted: 'pending',
  Validating: 'in-progress',
  Scheduled: 'pending',
  NotStarted: 'pending',
  Creating: 'in-progress',
  Active: 'success',
};

const textOf = (status: string): string => {
  const words = status.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A job's status as AWS's consoles show it. */
export function JobStatus({ status }: { status: string | undefined }) {
  if (status === undefined) return <>–</>;
  return <StatusIndicator type={TYPES[status] ?? 'info'}>{textOf(status)}</StatusIndicator>;
}

/** Whether nothing more comes of a job. */
export const isEnded = (status: string | undefined): boolean =>
  ['Completed', 'PartiallyCompleted', 'Failed', 'Expired', 'Stopped'].includes(status ?? '');

/** How often a job is looked at. */
export const EVERY_MS = 3_000;

/** The last part of an ARN. */
export const idOf = (arn: string | undefined): string => arn?.split('/').at(-1) ?? '';

/** Evaluations have no other name than their ARN. */
export const evaluationArn = ({ region, account }: Pick<Session, 'region' | 'account'>, id: string): string =>
  `arn:aws:bedrock:${region}:${account}:evaluation-job/${id}`;
