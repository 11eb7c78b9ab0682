import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type ReactNode } from 'react';
import { STORAGE_CLASSES } from './model.ts';

export type Pair = { Key: string; Value: string };

/** Pairs of names and values: tags, or metadata. */
export function PairsField(props: {
  noun: string;
  pairs: Pair[];
  onChange: (pairs: Pair[]) => void;
  max: number;
  empty: string;
}) {
  const { noun, pairs, onChange, max, empty } = props;
  const set = (index: number, change: Partial<Pair>) =>
    onChange(pairs.map((pair, at) => (at === index ? { ...pair, ...change } : pair)));
  return (
    <AttributeEditor<Pair>
      items={pairs}
      onAddButtonClick={() => onChange([...pairs, { Key: '', Value: '' }])}
      onRemoveButtonClick={({ detail }) => onChange(pairs.filter((_, at) => at !== detail.itemIndex))}
      addButtonText={`Add ${noun}`}
      removeButtonText="Remove"
      removeButtonAriaLabel={({ Key }) => `Remove ${noun} ${Key}`}
      disableAddButton={pairs.length >= max}
      empty={empty}
      definition={[
        {
          label: 'Key',
          control: ({ Key }, index) => (
            <Input
              value={Key}
              ariaLabel={`Key of ${noun} ${index + 1}`}
              onChange={({ detail }) => set(index, { Key: detail.value })}
            />
          ),
        },
        {
          label: 'Value',
          control: ({ Value }, index) => (
            <Input
              value={Value}
              ariaLabel={`Value of ${noun} ${index + 1}`}
              onChange={({ detail }) => set(index, { Value: detail.value })}
            />
          ),
        },
      ]}
    />
  );
}

/** A storage class to choose. */
export function StorageClassField({
  value,
  onChange,
  label = 'Storage class',
}: {
  value: string;
  onChange: (value: string) => void;
  label?: string;
}) {
  return (
    <FormField label={label}>
      <Select
        selectedOption={STORAGE_CLASSES.find((one) => one.value === value) ?? { value, label: value }}
        options={STORAGE_CLASSES}
        onChange={({ detail }) => onChange(detail.selectedOption.value!)}
      />
    </FormField>
  );
}

/** How objects are encrypted; an absent `algorithm`: as the bucket says. */
export type Encryption = { algorithm: '' | 'AES256' | 'aws:kms' | 'aws:kms:dsse'; keyId: string };

const ALGORITHMS = [
  { value: 'AES256', label: 'SSE-S3', description: 'Keys of Amazon S3 (AES256)' },
  { value: 'aws:kms', label: 'SSE-KMS', description: 'A key of AWS KMS' },
  { value: 'aws:kms:dsse', label: 'DSSE-KMS', description: 'Two layers, keys of AWS KMS' },
];

/** A way of server-side encryption to choose. */
export function EncryptionField({
  value,
  onChange,
  ofBucket,
}: {
  value: Encryption;
  onChange: (value: Encryption) => void;
  /** Whether the bucket's own may be chosen. */
  ofBucket?: boolean;
}) {
  const options = [
    ...(ofBucket ? [{ value: '', label: 'As the bucket says', description: 'Its default encryption' }] : []),
    ...ALGORITHMS,
  ];
  return (
    <SpaceBetween size="s">
      <FormField label="Server-side encryption">
        <Select
          selectedOption={options.find((one) => one.value === value.algorithm)!}
          options={options}
          onChange={({ detail }) =>
            onChange({ ...value, algorithm: detail.selectedOption.value as Encryption['algorithm'] })
          }
        />
      </FormField>
      {value.algorithm.startsWith('aws:kms') && (
        <FormField label="AWS KMS key" description="ARN, id or alias. Empty: the AWS managed key aws/s3.">
          <Input value={value.keyId} onChange={({ detail }) => onChange({ ...value, keyId: detail.value })} />
        </FormField>
      )}
    </SpaceBetween>
  );
}

/** A word that is typed before what cannot be undone. */
export function TypedField(props: { word: string; value: string; onChange: (value: string) => void }) {
  return (
    <FormField label={`Enter ${props.word} to confirm`}>
      <Input value={props.value} onChange={({ detail }) => props.onChange(detail.value)} />
    </FormField>
  );
}

/** Asks before a batch that cannot be undone: a word is typed. It stays while the batch goes on, and to show what failed. */
export function TypedConfirmation(props: {
  title: string;
  children: ReactNode;
  /** What is typed. */
  word: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
  pending: boolean;
  /** While it goes on. */
  onCancel: () => void;
  /** Nothing is left to confirm. */
  finished: boolean;
}) {
  const [typed, setTyped] = useState('');
  const { word, pending, finished } = props;
  return (
    <Modal
      visible
      header={props.title}
      closeAriaLabel="Close"
      onDismiss={() => {
        if (!pending) props.onClose();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {pending ? (
              <Button onClick={props.onCancel}>Stop</Button>
            ) : (
              <Button variant="link" onClick={props.onClose}>
                {finished ? 'Close' : 'Cancel'}
              </Button>
            )}
            {!finished && (
              <Button variant="primary" loading={pending} disabled={typed !== word} onClick={props.onConfirm}>
                {props.action}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {props.children}
        {!pending && !finished && <TypedField word={word} value={typed} onChange={setTyped} />}
      </SpaceBetween>
    </Modal>
  );
}
