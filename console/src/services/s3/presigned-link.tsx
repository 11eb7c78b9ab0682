import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { clientConfiguration, useSignedIn } from '../../aws/session.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { timeText } from '../../ui/text.ts';
import type { ObjectProps } from './model.ts';

/** Source: Amazon S3 User Guide, Sharing objects with presigned URLs: a signature holds for 7 days at most. */
const VALID_MAX_S = 7 * 24 * 3600;
const UNITS = [
  { value: '60', label: 'minutes' },
  { value: '3600', label: 'hours' },
  { value: '86400', label: 'days' },
];

/** A link that lets whoever has it read or write one object, for a time, with the rights of who signs it. */
export function PresignedLink({ bucket, objectKey, version, onClose }: ObjectProps & { onClose: () => void }) {
  const session = useSignedIn();
  const [method, setMethod] = useState('GET');
  const [count, setCount] = useState('1');
  const [unit, setUnit] = useState(UNITS[1]!);
  const [made, setMade] = useState<{ url: string; method: string; until: number }>();
  const [error, setError] = useState<unknown>();
  const seconds = Number(count) * Number(unit.value);
  const fault =
    !/^\d+$/.test(count) || seconds < 1
      ? 'A whole number, 1 at least.'
      : seconds > VALID_MAX_S
        ? 'A link is valid for 7 days at most.'
        : undefined;

  async function sign() {
    setError(undefined);
    // A link signs no checksum: of what is written by it nothing is known yet.
    const client = new S3Client({ ...clientConfiguration(session), requestChecksumCalculation: 'WHEN_REQUIRED' });
    const object = { Bucket: bucket, Key: objectKey };
    const command =
      method === 'GET' ? new GetObjectCommand({ ...object, VersionId: version }) : new PutObjectCommand(object);
    try {
      const url = await getSignedUrl(client, command, { expiresIn: seconds });
      setMade({ url, method, until: Date.now() + seconds * 1000 });
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <Modal
      visible
      size="large"
      header="Presigned link"
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Close
            </Button>
            <Button variant="primary" disabled={fault !== undefined} onClick={() => void sign()}>
              Create link
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField label="What it allows">
          <SegmentedControl
            label="What it allows"
            selectedId={method}
            onChange={({ detail }) => setMethod(detail.selectedId)}
            options={[
              { id: 'GET', text: 'Read (GET)' },
              { id: 'PUT', text: 'Write (PUT)' },
            ]}
          />
        </FormField>
        <SpaceBetween direction="horizontal" size="s">
          <FormField label="Valid for" errorText={fault} constraintText="7 days at most">
            <Input value={count} type="number" inputMode="numeric" onChange={({ detail }) => setCount(detail.value)} />
          </FormField>
          <FormField label="Unit">
            <Select
              selectedOption={unit}
              options={UNITS}
              onChange={({ detail }) => setUnit(UNITS.find(({ value }) => value === detail.selectedOption.value)!)}
            />
          </FormField>
        </SpaceBetween>
        <Alert type="info">
          Whoever has the link has your rights on this object, while it is valid and you have them.
          {session.expiration !== undefined &&
            ` Your credentials are temporary: the link ends with them, ${timeText(session.expiration)}, at the latest.`}
        </Alert>
        {error !== undefined && <Failure error={error} />}
        {made && (
          <SpaceBetween size="xs">
            <Box>Valid until {timeText(made.until)}, by this machine’s clock.</Box>
            <CodeBlock text={made.url} label="Presigned link" />
            <CopyToClipboard
              copyButtonText="Copy link"
              copySuccessText="Copied"
              copyErrorText="The browser did not allow it"
              textToCopy={made.url}
            />
            <CodeBlock
              label="curl"
              text={made.method === 'GET' ? `curl '${made.url}'` : `curl -T file.bin '${made.url}'`}
            />
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Modal>
  );
}
