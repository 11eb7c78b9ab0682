import {
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
  type HeadObjectCommandOutput,
  type ObjectLockRetentionMode,
} from '@aws-sdk/client-s3';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { timeText } from '../../ui/text.ts';
import { ActionDialog } from './object-actions.tsx';
import type { ObjectProps } from './model.ts';

type Props = ObjectProps & { head: HeadObjectCommandOutput; refresh: () => void };

const MODES = [
  {
    value: 'GOVERNANCE',
    label: 'Governance',
    description: 'Those who have s3:BypassGovernanceRetention can shorten it.',
  },
  { value: 'COMPLIANCE', label: 'Compliance', description: 'Nobody can shorten it, the account root included.' },
];

/** What keeps a version from deletion: retention for a time, a legal hold until it is taken off. */
export function ObjectLock({ bucket, objectKey, version, head, refresh }: Props) {
  const send = useSend(S3Client);
  const object = { Bucket: bucket, Key: objectKey, VersionId: version };
  const [editing, setEditing] = useState(false);
  const [mode, setMode] = useState<string>(head.ObjectLockMode ?? 'GOVERNANCE');
  const [until, setUntil] = useState(head.ObjectLockRetainUntilDate?.toISOString().slice(0, 10) ?? '');
  const [bypass, setBypass] = useState(false);
  const held = head.ObjectLockLegalHoldStatus === 'ON';
  const hold = useAction(async () => {
    await send(PutObjectLegalHoldCommand, { ...object, LegalHold: { Status: held ? 'OFF' : 'ON' } });
    tellSuccess(held ? 'The legal hold is taken off.' : 'The legal hold is on.');
    refresh();
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="For buckets that were created with Object Lock, or have it turned on."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button loading={hold.pending} onClick={() => void hold.run()}>
                {held ? 'Take legal hold off' : 'Put legal hold on'}
              </Button>
              <Button onClick={() => setEditing(true)}>Edit retention</Button>
            </SpaceBetween>
          }
        >
          Object Lock
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Legal hold', value: held ? 'On' : 'Off' },
          { label: 'Retention mode', value: MODES.find(({ value }) => value === head.ObjectLockMode)?.label ?? 'None' },
          { label: 'Retained until', value: timeText(head.ObjectLockRetainUntilDate) },
        ]}
      />
      {editing && (
        <ActionDialog
          title="Edit retention"
          action="Save changes"
          disabled={!/^\d{4}-\d\d-\d\d$/.test(until)}
          act={async () => {
            await send(PutObjectRetentionCommand, {
              ...object,
              Retention: { Mode: mode as ObjectLockRetentionMode, RetainUntilDate: new Date(`${until}T00:00:00Z`) },
              ...(bypass ? { BypassGovernanceRetention: true } : {}),
            });
            tellSuccess('The retention is saved.');
          }}
          onClose={(changed) => {
            setEditing(false);
            if (changed) refresh();
          }}
        >
          <FormField label="Retention mode">
            <RadioGroup value={mode} items={MODES} onChange={({ detail }) => setMode(detail.value)} />
          </FormField>
          <FormField label="Retain until" constraintText="Year-month-day; midnight UTC.">
            <DatePicker
              value={until}
              placeholder="YYYY-MM-DD"
              format="iso"
              onChange={({ detail }) => setUntil(detail.value)}
              openCalendarAriaLabel={() => 'Choose the day'}
            />
          </FormField>
          <Checkbox checked={bypass} onChange={({ detail }) => setBypass(detail.checked)}>
            Bypass governance retention
          </Checkbox>
        </ActionDialog>
      )}
    </Container>
  );
}
