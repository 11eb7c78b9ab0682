import {
  BedrockClient,
  CreateModelCustomizationJobCommand,
  GetModelCustomizationJobCommand,
  type CustomizationType,
  type GetModelCustomizationJobResponse,
} from '@aws-sdk/client-bedrock';
import AttributeEditor, { type AttributeEditorProps } from '@cloudscape-design/components/attribute-editor';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useNavigate, useSearchParams } from 'react-router';
import { useCall, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { CreatePage } from './create-page.tsx';
import { rules, useJobForm, type Faults } from './draft.ts';
import { ModelField, RoleField, S3Field, TextField } from './fields.tsx';
import { idOf } from './status.tsx';

type Parameter = { name: string; value: string };
type Draft = {
  jobName: string;
  modelName: string;
  type: CustomizationType;
  base: string;
  roleArn: string;
  training: string;
  validation: string;
  output: string;
  parameters: Parameter[];
};

const EMPTY: Draft = {
  jobName: '',
  modelName: '',
  type: 'FINE_TUNING',
  base: '',
  roleArn: '',
  training: '',
  validation: '',
  output: '',
  parameters: [{ name: 'epochCount', value: '2' }],
};

const TYPES: { value: CustomizationType; label: string; description: string; line: string }[] = [
  {
    value: 'FINE_TUNING',
    label: 'Fine-tuning',
    description: 'Learns from pairs of prompt and completion.',
    line: `{"prompt": "Order 3 figs.", "completion": "ORDER item=figs count=3"}`,
  },
  {
    value: 'CONTINUED_PRE_TRAINING',
    label: 'Continued pre-training',
    description: 'Reads texts without questions.',
    line: `{"input": "Figs are ordered on Mondays."}`,
  },
];

/** What is known of all base models; the job says which it takes, and in which range. */
const PARAMETERS = ['epochCount', 'batchSize', 'learningRate', 'learningRateMultiplier', 'learningRateWarmupSteps'];

function faultsOf(draft: Draft): Faults<Draft> {
  const names = draft.parameters.map(({ name }) => name.trim());
  return {
    jobName: rules.jobName(draft.jobName),
    modelName: rules.jobName(draft.modelName),
    base: rules.model(draft.base),
    roleArn: rules.role(draft.roleArn),
    training: rules.file(draft.training),
    validation: draft.validation === '' ? '' : rules.file(draft.validation),
    output: rules.place(draft.output),
    parameters: draft.parameters.some(({ name, value }) => name.trim() === '' || value.trim() === '')
      ? 'Each hyperparameter needs a name and a value.'
      : new Set(names).size < names.length
        ? 'A hyperparameter is given twice.'
        : '',
  };
}

const draftOf = (job: GetModelCustomizationJobResponse): Draft => ({
  jobName: `${job.jobName}-copy`.slice(0, 63),
  modelName: `${job.outputModelName}-copy`.slice(0, 63),
  type: job.customizationType ?? 'FINE_TUNING',
  base: idOf(job.baseModelArn),
  roleArn: job.roleArn ?? '',
  training: job.trainingDataConfig?.s3Uri ?? '',
  validation: job.validationDataConfig?.validators?.[0]?.s3Uri ?? '',
  output: job.outputDataConfig?.s3Uri ?? '',
  parameters: Object.entries(job.hyperParameters ?? {}).map(([name, value]) => ({ name, value })),
});

/** A new customization job; `?from=`: like another one. */
export function CreateCustomizationJob() {
  const from = useSearchParams()[0].get('from');
  const { data, error } = useCall(
    BedrockClient,
    GetModelCustomizationJobCommand,
    from === null ? undefined : { jobIdentifier: from },
  );
  if (error) return <Failure error={error} />;
  if (from !== null && !data) return <Loading />;
  return <CustomizationForm {...(data ? { start: draftOf(data) } : {})} />;
}

function CustomizationForm({ start }: { start?: Draft }) {
  const send = useSend(BedrockClient);
  const navigate = useNavigate();
  const { draft, set, forget, fault, page } = useJobForm('customization', EMPTY, start, faultsOf);
  const change = (index: number, what: Partial<Parameter>) =>
    set({ parameters: draft.parameters.map((each, at) => (at === index ? { ...each, ...what } : each)) });
  return (
    <CreatePage
      title="Create customization job"
      description="Trains a base model on your data; the model that comes of it is your account's own."
      list={{ text: 'Custom models', href: '#/bedrock/customization' }}
      label="Create customization job"
      {...page}
      act={async () => {
        await send(CreateModelCustomizationJobCommand, {
          jobName: draft.jobName,
          customModelName: draft.modelName,
          customizationType: draft.type,
          baseModelIdentifier: draft.base.trim(),
          roleArn: draft.roleArn.trim(),
          trainingDataConfig: { s3Uri: draft.training.trim() },
          ...(draft.validation.trim() === ''
            ? {}
            : { validationDataConfig: { validators: [{ s3Uri: draft.validation.trim() }] } }),
          outputDataConfig: { s3Uri: draft.output.trim() },
          hyperParameters: Object.fromEntries(draft.parameters.map(({ name, value }) => [name.trim(), value.trim()])),
        });
        forget();
        tellSuccess(`Job ${draft.jobName} is created.`);
        await navigate(`/bedrock/customization/${encodeURIComponent(draft.jobName)}`);
      }}
    >
      <Container header={<Header variant="h2">Model</Header>}>
        <SpaceBetween size="l">
          <TextField
            label="Job name"
            value={draft.jobName}
            onChange={(jobName) => set({ jobName })}
            fault={fault('jobName')}
          />
          <TextField
            label="Custom model name"
            value={draft.modelName}
            onChange={(modelName) => set({ modelName })}
            fault={fault('modelName')}
          />
          <FormField label="Customization type">
            <RadioGroup
              value={draft.type}
              items={TYPES}
              onChange={({ detail }) => set({ type: detail.value as CustomizationType })}
            />
          </FormField>
          <ModelField
            label="Base model"
            value={draft.base}
            onChange={(base) => set({ base })}
            fault={fault('base')}
            fits={({ customizationsSupported }) =>
              customizationsSupported?.some((each) => each === draft.type) ?? false
            }
          />
          <RoleField
            label="Service role"
            description="Reads the data and writes the metrics."
            value={draft.roleArn}
            onChange={(roleArn) => set({ roleArn })}
            fault={fault('roleArn')}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Data</Header>}>
        <SpaceBetween size="l">
          <S3Field
            label="Training data"
            description="A .jsonl file. Claude takes messages, Nova the schema bedrock-conversation-2024."
            value={draft.training}
            onChange={(training) => set({ training })}
            fault={fault('training')}
          />
          <CodeBlock text={TYPES.find(({ value }) => value === draft.type)?.line ?? ''} label="A line of the data" />
          <S3Field
            label="Validation data – optional"
            description="Shows in the validation loss when the model learns by heart."
            value={draft.validation}
            onChange={(validation) => set({ validation })}
            fault={fault('validation')}
          />
          <S3Field
            label="Metrics"
            description="A prefix that training and validation metrics are written beneath."
            value={draft.output}
            onChange={(output) => set({ output })}
            fault={fault('output')}
          />
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            description={`Those that are not given have the model's defaults: ${PARAMETERS.join(', ')} and others.`}
          >
            Hyperparameters
          </Header>
        }
      >
        <FormField errorText={fault('parameters') || ''} stretch>
          <AttributeEditor<Parameter>
            items={draft.parameters}
            addButtonText="Add hyperparameter"
            removeButtonText="Remove"
            empty="All have the model's defaults."
            onAddButtonClick={() => set({ parameters: [...draft.parameters, { name: '', value: '' }] })}
            onRemoveButtonClick={({ detail }) =>
              set({ parameters: draft.parameters.filter((_, at) => at !== detail.itemIndex) })
            }
            definition={definitionOf(change)}
          />
        </FormField>
      </Container>
    </CreatePage>
  );
}

const definitionOf = (
  change: (index: number, what: Partial<Parameter>) => void,
): AttributeEditorProps.FieldDefinition<Parameter>[] => [
  {
    label: 'Name',
    control: ({ name }, index) => (
      <Input value={name} onChange={({ detail }) => change(index, { name: detail.value })} />
    ),
  },
  {
    label: 'Value',
    control: ({ value }, index) => (
      <Input value={value} onChange={({ detail }) => change(index, { value: detail.value })} />
    ),
  },
];
