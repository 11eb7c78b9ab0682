import { BedrockClient, CreateEvaluationJobCommand, GetEvaluationJobCommand } from '@aws-sdk/client-bedrock';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Multiselect from '@cloudscape-design/components/multiselect';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useNavigate, useSearchParams } from 'react-router';
import { useCall, useSend } from '../../../aws/call.ts';
import { useSignedIn } from '../../../aws/session.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { CreatePage } from './create-page.tsx';
import { useJobForm } from './draft.ts';
import { draftOf, EMPTY, faultsOf, requestOf, type Draft } from './evaluation-draft.ts';
import { DATASET_LINE, metricsOf, TASK_TYPES, type Kind } from './evaluation-kinds.ts';
import { HumanFields } from './evaluation-people.tsx';
import { ModelField, RoleField, S3Field, TextField } from './fields.tsx';
import { evaluationArn, idOf } from './status.tsx';

/** A new evaluation; `?from=`: like another one. */
export function CreateEvaluationJob() {
  const from = useSearchParams()[0].get('from');
  const session = useSignedIn();
  const { data, error } = useCall(
    BedrockClient,
    GetEvaluationJobCommand,
    from === null ? undefined : { jobIdentifier: evaluationArn(session, from) },
  );
  if (error) return <Failure error={error} />;
  if (from !== null && !data) return <Loading />;
  return <EvaluationForm {...(data ? { start: draftOf(data) } : {})} />;
}

function EvaluationForm({ start }: { start?: Draft }) {
  const send = useSend(BedrockClient);
  const navigate = useNavigate();
  const { draft, set, forget, fault, page } = useJobForm('evaluation', EMPTY, start, faultsOf);
  const { kind } = draft;
  const options = metricsOf(kind).map((value) => ({ value, label: value.replace('Builtin.', '') }));
  return (
    <CreatePage
      title="Create evaluation"
      description="Asks a model all prompts of a dataset, and rates what it answers."
      list={{ text: 'Evaluations', href: '#/bedrock/evaluations' }}
      label="Create evaluation"
      {...page}
      act={async () => {
        const { jobArn } = await send(CreateEvaluationJobCommand, requestOf(draft));
        forget();
        tellSuccess(`Evaluation ${draft.jobName} is created.`);
        await navigate(`/bedrock/evaluations/${idOf(jobArn)}`);
      }}
    >
      <Container header={<Header variant="h2">Evaluation</Header>}>
        <SpaceBetween size="l">
          <FormField label="How answers are rated" stretch>
            <Tiles
              value={kind}
              columns={3}
              onChange={({ detail }) => {
                const next = detail.value as Kind;
                set({ kind: next, metrics: next === 'human' ? [] : metricsOf(next).slice(0, 1) });
              }}
              items={[
                { value: 'measures', label: 'Automatic', description: 'Computed against reference answers.' },
                { value: 'judge', label: 'Model as a judge', description: 'Another model rates the answers.' },
                { value: 'human', label: 'Human', description: 'Your own team rates them on a page of theirs.' },
              ]}
            />
          </FormField>
          <TextField
            label="Evaluation name"
            value={draft.jobName}
            onChange={(jobName) => set({ jobName })}
            fault={fault('jobName')}
          />
          <TextField
            label="Description – optional"
            value={draft.description}
            onChange={(description) => set({ description })}
          />
          <ModelField
            label="Model"
            value={draft.modelId}
            onChange={(modelId) => set({ modelId })}
            fault={fault('modelId')}
          />
          {kind === 'human' && (
            <ModelField
              label="Model to compare with – optional"
              value={draft.otherModelId}
              onChange={(otherModelId) => set({ otherModelId })}
            />
          )}
          {kind === 'judge' && (
            <ModelField label="Judge" value={draft.judge} onChange={(judge) => set({ judge })} fault={fault('judge')} />
          )}
          <RoleField
            label="Service role"
            description="Reads the dataset, writes the results, and asks the models."
            value={draft.roleArn}
            onChange={(roleArn) => set({ roleArn })}
            fault={fault('roleArn')}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Dataset and results</Header>}>
        <SpaceBetween size="l">
          {kind !== 'human' && (
            <>
              <FormField label="Task type">
                <Select
                  selectedOption={{ value: draft.taskType, label: draft.taskType }}
                  options={TASK_TYPES.map((value) => ({ value, label: value }))}
                  onChange={({ detail }) => set({ taskType: detail.selectedOption.value! })}
                />
              </FormField>
              <FormField label="Metrics" errorText={fault('metrics') || ''}>
                <Multiselect
                  selectedOptions={options.filter(({ value }) => draft.metrics.includes(value))}
                  options={options}
                  placeholder="Choose metrics"
                  deselectAriaLabel={({ label }) => `Without ${label}`}
                  onChange={({ detail }) => set({ metrics: detail.selectedOptions.map(({ value }) => value!) })}
                />
              </FormField>
            </>
          )}
          <TextField
            label="Dataset name"
            value={draft.datasetName}
            onChange={(datasetName) => set({ datasetName })}
            fault={fault('datasetName')}
          />
          <S3Field
            label="Dataset"
            description="A .jsonl file, one prompt a line; up to 1,000 of them."
            value={draft.dataset}
            onChange={(dataset) => set({ dataset })}
            fault={fault('dataset')}
          />
          <CodeBlock text={DATASET_LINE} label="A line of a dataset" />
          <S3Field
            label="Results"
            description="A prefix that a folder of the evaluation's name comes beneath."
            value={draft.output}
            onChange={(output) => set({ output })}
            fault={fault('output')}
          />
        </SpaceBetween>
      </Container>
      {kind === 'human' && <HumanFields draft={draft} set={set} fault={fault} />}
    </CreatePage>
  );
}
