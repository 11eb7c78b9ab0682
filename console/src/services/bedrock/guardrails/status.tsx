import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

const TYPES: Record<string, StatusIndicatorProps.Type> = {
  READY: 'success',
  FAILED: 'error',
  CREATING: 'in-progress',
  UPDATING: 'in-progress',
  VERSIONING: 'in-progress',
  DELETING: 'in-progress',
};

/** `READY` as AWS shows it. */
export function GuardrailStatus({ status }: { status: string | undefined }) {
  if (status === undefined) return '–';
  const text = status.charAt(0) + status.slice(1).toLowerCase();
  return <StatusIndicator type={TYPES[status] ?? 'info'}>{text}</StatusIndicator>;
}
