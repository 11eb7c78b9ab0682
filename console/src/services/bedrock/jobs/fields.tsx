import { BedrockClient, ListFoundationModelsCommand, type FoundationModelSummary } from '@aws-sdk/client-bedrock';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useAllPages, useCall } from '../../../aws/call.ts';
import { factsOf } from '../../../aws/failure.ts';
import { readS3Uri } from './objects.ts';

type FieldProps = {
  label: string;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  fault?: string | false | undefined;
  placeholder?: string;
};

/** A line of text. */
export function TextField(props: FieldProps & { type?: 'number' | 'text' }) {
  return (
    <FormField
      label={props.label}
      errorText={props.fault || ''}
      {...(props.description === undefined ? {} : { description: props.description })}
    >
      <Input
        type={props.type ?? 'text'}
        value={props.value}
        onChange={({ detail }) => props.onChange(detail.value)}
        {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
      />
    </FormField>
  );
}

/** What may be entered, of which some is known; why nothing more is known stands in the list. */
function SuggestField(
  props: FieldProps & {
    options: { value: string; description?: string }[];
    loading: boolean;
    error: unknown;
    noun: string;
  },
) {
  return (
    <FormField
      label={props.label}
      errorText={props.fault || ''}
      {...(props.description === undefined ? {} : { description: props.description })}
    >
      <Autosuggest
        value={props.value}
        onChange={({ detail }) => props.onChange(detail.value)}
        options={props.options}
        enteredTextLabel={(value) => `Use: ${value}`}
        empty={`No ${props.noun} are known`}
        statusType={props.loading ? 'loading' : props.error ? 'error' : 'finished'}
        loadingText={`Loading ${props.noun}`}
        errorText={props.error ? factsOf(props.error).message : ''}
        {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
      />
    </FormField>
  );
}

/** A model's id, with those of the catalog that fit. */
export function ModelField(props: FieldProps & { fits?: (model: FoundationModelSummary) => boolean }) {
  const { data, error, isLoading } = useCall(BedrockClient, ListFoundationModelsCommand, {});
  return (
    <SuggestField
      {...props}
      noun="models"
      loading={isLoading}
      error={error}
      options={(data?.modelSummaries ?? [])
        .filter((model) => props.fits?.(model) ?? model.outputModalities?.includes('TEXT'))
        .map(({ modelId, modelName, providerName }) => ({
          value: modelId!,
          description: `${providerName} ${modelName}`,
        }))}
    />
  );
}

/** The role that a job works under: those come first that Bedrock may assume. */
export function RoleField(props: FieldProps) {
  const { data, error, isLoading } = useAllPages(
    IAMClient,
    ListRolesCommand,
    {},
    {
      items: ({ Roles }) => Roles,
      input: 'Marker',
    },
  );
  return (
    <SuggestField
      {...props}
      noun="roles"
      placeholder="arn:aws:iam::…:role/…"
      loading={isLoading}
      error={error}
      options={(data ?? [])
        .map(({ Arn, AssumeRolePolicyDocument = '' }) => ({
          value: Arn!,
          forBedrock: decodeURIComponent(AssumeRolePolicyDocument).includes('bedrock.amazonaws.com'),
        }))
        .sort((a, b) => Number(b.forBedrock) - Number(a.forBedrock))
        .map(({ value, forBedrock }) => ({
          value,
          ...(forBedrock ? { description: 'Amazon Bedrock may assume it' } : {}),
        }))}
    />
  );
}

/** The name of a bucket. */
export function BucketField(props: FieldProps) {
  const { data, error, isLoading } = useCall(S3Client, ListBucketsCommand, {});
  return (
    <SuggestField
      {...props}
      noun="buckets"
      loading={isLoading}
      error={error}
      options={(data?.Buckets ?? []).map(({ Name }) => ({ value: Name! }))}
    />
  );
}

/** An address in S3: buckets first, then what is in the folder that is entered. */
export function S3Field(props: FieldProps) {
  const place = readS3Uri(props.value);
  const inBucket = /^s3:\/\/[a-z0-9.-]{3,63}\//.test(props.value) && place !== undefined;
  const buckets = useCall(S3Client, ListBucketsCommand, inBucket ? undefined : {});
  const folder = place?.key.replace(/[^/]*$/, '') ?? '';
  const keys = useCall(
    S3Client,
    ListObjectsV2Command,
    inBucket ? { Bucket: place.bucket, Prefix: folder, Delimiter: '/', MaxKeys: 200 } : undefined,
  );
  const found = inBucket
    ? [
        ...(keys.data?.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
        ...(keys.data?.Contents ?? []).map(({ Key }) => Key!),
      ].map((key) => `s3://${place.bucket}/${key}`)
    : (buckets.data?.Buckets ?? []).map(({ Name }) => `s3://${Name}/`);
  const asked = inBucket ? keys : buckets;
  return (
    <SuggestField
      {...props}
      noun={inBucket ? 'objects' : 'buckets'}
      placeholder={props.placeholder ?? 's3://bucket/key'}
      loading={asked.isLoading}
      error={asked.error}
      options={found.map((value) => ({ value }))}
    />
  );
}
