import { RestoreObjectCommand, S3Client, type HeadObjectCommandOutput, type Tier } from '@aws-sdk/client-s3';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import { useState } from 'react';
import { useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { ActionDialog } from './object-actions.tsx';
import type { ObjectProps } from './model.ts';

/** Times by tier. Source: Amazon S3 User Guide, Understanding archive retrieval options. */
const TIERS: { value: Tier; label: string; usual: string; deep?: string }[] = [
  { value: 'Expedited', label: 'Expedited', usual: '1 to 5 minutes' },
  { value: 'Standard', label: 'Standard', usual: '3 to 5 hours', deep: '9 to 12 hours' },
  { value: 'Bulk', label: 'Bulk', usual: '5 to 12 hours', deep: '24 to 48 hours' },
];

/** Asks for a copy of an archived object that can be read for some days. */
export function Restore(props: ObjectProps & { head: HeadObjectCommandOutput; onClose: (changed: boolean) => void }) {
  const { bucket, objectKey, version, head, onClose } = props;
  const send = useSend(S3Client);
  const [days, setDays] = useState('7');
  const [tier, setTier] = useState<string>('Standard');
  const deep = head.StorageClass === 'DEEP_ARCHIVE';
  const fault = /^[1-9]\d*$/.test(days) ? undefined : 'A whole number of days, 1 at least.';
  return (
    <ActionDialog
      title="Initiate restore"
      action="Initiate restore"
      disabled={fault !== undefined}
      act={async () => {
        await send(RestoreObjectCommand, {
          Bucket: bucket,
          Key: objectKey,
          VersionId: version,
          RestoreRequest: { Days: Number(days), GlacierJobParameters: { Tier: tier as Tier } },
        });
        tellSuccess('The restoration is under way.');
      }}
      onClose={onClose}
    >
      <FormField label="Days that the copy is available" errorText={fault}>
        <Input value={days} type="number" inputMode="numeric" onChange={({ detail }) => setDays(detail.value)} />
      </FormField>
      <FormField label="Retrieval tier" description="The times go by the clock of the stack.">
        <RadioGroup
          value={tier}
          onChange={({ detail }) => setTier(detail.value)}
          items={TIERS.filter((one) => !deep || one.deep !== undefined).map(
            ({ value, label, usual, deep: ofDeep }) => ({
              value,
              label,
              description: deep ? ofDeep : usual,
            }),
          )}
        />
      </FormField>
    </ActionDialog>
  );
}
