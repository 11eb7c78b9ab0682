/** Types of policies that are served. */
export const POLICY_TYPES = [
  { value: 'SERVICE_CONTROL_POLICY', label: 'Service control policies' },
  { value: 'TAG_POLICY', label: 'Tag policies' },
  { value: 'BACKUP_POLICY', label: 'Backup policies' },
  { value: 'AISERVICES_OPT_OUT_POLICY', label: 'AI services opt-out policies' },
];
