import type { ResourceColumn } from '../../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../../ui/text.ts';
import { JobStatus } from './status.tsx';

/** The status of a job in a list of them. */
export const STATUS: ResourceColumn<{ status?: string | undefined }> = {
  id: 'status',
  header: 'Status',
  value: ({ status }) => status,
  cell: ({ status }) => <JobStatus status={status} />,
};

/** When something in a list was made. */
export const CREATED: ResourceColumn<{ creationTime?: Date | undefined }> = {
  id: 'created',
  header: 'Created',
  value: ({ creationTime }) => timeValue(creationTime),
  cell: ({ creationTime }) => timeText(creationTime),
};
