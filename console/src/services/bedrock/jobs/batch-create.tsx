import {
  BedrockClient,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  type GetModelInvocationJobResponse,
} from '@aws-sdk/client-bedrock';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useNavigate, useSearchParams } from 'react-router';
import { useCall, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { CreatePage } from './create-page.tsx';
import { rules, useJobForm, type Faults } from './draft.ts';
import { ModelField, RoleField, S3Field, TextField } from './fields.tsx';
import { idOf } from './status.tsx';

const EMPTY = { jobName: '', modelId: '', roleArn: '', input: '', output: '', hours: '24', type: 'InvokeModel' };
type Draft = typeof EMPTY;

const HOURS = [24, 168] as const;
const RECORD = `{"recordId": "1", "modelInput": {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}}`;

function faultsOf(draft: Draft): Faults<Draft> {
  const hours = Number(draft.hours);
  return {
    jobName: rules.jobName(draft.jobName),
    modelId: rules.model(draft.modelId),
    roleArn: rules.role(draft.roleArn),
    input: rules.place(draft.input),
    output: rules.place(draft.output),
    hours:
      Number.isInteger(hours) && hours >= HOURS[0] && hours <= HOURS[1]
        ? ''
        : `A whole number of hours from ${HOURS[0]} to ${HOURS[1]}.`,
  };
}

const draftOf = (job: GetModelInvocationJobResponse): Draft => ({
  jobName: `${job.jobName}-copy`.slice(0, 63),
  modelId: job.modelId ?? '',
  roleArn: job.roleArn ?? '',
  input: job.inputDataConfig?.s3InputDataConfig?.s3Uri ?? '',
  output: job.outputDataConfig?.s3OutputDataConfig?.s3Uri ?? '',
  hours: String(job.timeoutDurationInHours ?? 24),
  type: job.modelInvocationType ?? 'InvokeModel',
});

/** A new batch inference job; `?from=`: like another one. */
export function CreateBatchJob() {
  const from = useSearchParams()[0].get('from');
  const { data, error } = useCall(
    BedrockClient,
    GetModelInvocationJobCommand,
    from === null ? undefined : { jobIdentifier: from },
  );
  if (error) return <Failure error={error} />;
  if (from !== null && !data) return <Loading />;
  return <BatchForm {...(data ? { start: draftOf(data) } : {})} />;
}

function BatchForm({ start }: { start?: Draft }) {
  const send = useSend(BedrockClient);
  const navigate = useNavigate();
  const { draft, set, forget, fault, page } = useJobForm('batch', EMPTY, start, faultsOf);
  return (
    <CreatePage
      title="Create batch inference job"
      description="Answers all records of a file, or of all .jsonl files beneath a prefix, under a role."
      list={{ text: 'Batch inference', href: '#/bedrock/batch' }}
      label="Create job"
      {...page}
      act={async () => {
        const { jobArn } = await send(CreateModelInvocationJobCommand, {
          jobName: draft.jobName,
          modelId: draft.modelId.trim(),
          roleArn: draft.roleArn.trim(),
          inputDataConfig: { s3InputDataConfig: { s3Uri: draft.input.trim() } },
          outputDataConfig: { s3OutputDataConfig: { s3Uri: draft.output.trim() } },
          timeoutDurationInHours: Number(draft.hours),
          ...(draft.type === 'InvokeModel' ? {} : { modelInvocationType: 'Converse' as const }),
        });
        forget();
        tellSuccess(`Job ${draft.jobName} is created.`);
        await navigate(`/bedrock/batch/${idOf(jobArn)}`);
      }}
    >
      <Container header={<Header variant="h2">Job</Header>}>
        <SpaceBetween size="l">
          <TextField
            label="Job name"
            value={draft.jobName}
            onChange={(jobName) => set({ jobName })}
            fault={fault('jobName')}
          />
          <ModelField
            label="Model"
            value={draft.modelId}
            onChange={(modelId) => set({ modelId })}
            fault={fault('modelId')}
            fits={() => true}
          />
          <FormField label="Format of the records">
            <RadioGroup
              value={draft.type}
              onChange={({ detail }) => set({ type: detail.value })}
              items={[
                { value: 'InvokeModel', label: "The model's own (InvokeModel)" },
                { value: 'Converse', label: 'Converse, the same for all models' },
              ]}
            />
          </FormField>
          <RoleField
            label="Service role"
            description="Reads the input, writes the output, and asks the model."
            value={draft.roleArn}
            onChange={(roleArn) => set({ roleArn })}
            fault={fault('roleArn')}
          />
          <TextField
            label="Timeout in hours"
            description="A job that has not begun by then expires."
            type="number"
            value={draft.hours}
            onChange={(hours) => set({ hours })}
            fault={fault('hours')}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Data</Header>}>
        <SpaceBetween size="l">
          <S3Field
            label="Input"
            description="A .jsonl file, or a prefix with such files: one record a line, at least 100 of them on a stack as it comes."
            value={draft.input}
            onChange={(input) => set({ input })}
            fault={fault('input')}
          />
          <CodeBlock text={RECORD} label="A record" />
          <S3Field
            label="Output"
            description="A prefix; a folder of the job's id comes beneath it."
            value={draft.output}
            onChange={(output) => set({ output })}
            fault={fault('output')}
          />
        </SpaceBetween>
      </Container>
    </CreatePage>
  );
}
