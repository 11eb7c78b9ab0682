import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useCallback, useRef, useState } from 'react';
import type { MadeCall } from '../../../../aws/history.ts';
import { Failure } from '../../../../ui/failure.tsx';
import { CodeOf } from '../../../../ui/show-code.tsx';
import type { GuardrailForm as Form_ } from '../model.ts';
import { ContentSection } from './content.tsx';
import { GroundingSection, ReasoningSection } from './grounding.tsx';
import { PersonalSection } from './personal.tsx';
import { sectionOf, type SectionProps } from './section.ts';
import { TopicsSection } from './topics.tsx';
import { WordsSection } from './words.tsx';

/**
 * The form of a guardrail, new or old. Not in a Form of Cloudscape's, which has each control drawn again with every letter that is typed. What the service refuses is shown at the form, which keeps all that was entered.
 */
export function GuardrailForm(props: {
  initial: Form_;
  submitText: string;
  cancelHref: string;
  calls: (form: Form_) => MadeCall[];
  submit: (form: Form_) => Promise<void>;
}) {
  const [form, setForm] = useState(props.initial);
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);
  const [tried, setTried] = useState(false);
  const top = useRef<HTMLDivElement>(null);
  const change = useCallback((part: Partial<Form_>) => setForm((before) => ({ ...before, ...part })), []);

  const missing = (text: string, what: string) => (tried && text.trim() === '' ? `Enter ${what}.` : undefined);
  const incomplete = [form.name, form.blockedInput, form.blockedOutputs].some((text) => text.trim() === '');

  async function submit() {
    setTried(true);
    setError(undefined);
    if (incomplete) {
      top.current?.scrollIntoView();
      return;
    }
    setPending(true);
    try {
      await props.submit(form);
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  }

  return (
    <form
      aria-label="Guardrail"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <SpaceBetween size="l">
        <div ref={top}>
          <Details form={form} change={change} missing={missing} />
        </div>
        <ContentSection form={form} change={change} />
        <TopicsSection form={form} change={change} />
        <WordsSection form={form} change={change} />
        <PersonalSection form={form} change={change} />
        <GroundingSection form={form} change={change} />
        <ReasoningSection form={form} change={change} />
        <Settings form={form} change={change} />
        <ExpandableSection variant="container" headerText="Code of what will be sent">
          <CodeOf calls={props.calls(form)} />
        </ExpandableSection>
        {error !== undefined && <Failure error={error} />}
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href={props.cancelHref}>
              Cancel
            </Button>
            <Button variant="primary" formAction="submit" loading={pending}>
              {props.submitText}
            </Button>
          </SpaceBetween>
        </Box>
      </SpaceBetween>
    </form>
  );
}

function Details({
  form,
  change,
  missing,
}: SectionProps & { missing: (text: string, what: string) => string | undefined }) {
  return (
    <Container header={<Header variant="h2">Guardrail details</Header>}>
      <SpaceBetween size="l">
        <FormField
          label="Name"
          constraintText="Letters, digits, hyphens and underscores; up to 50."
          errorText={missing(form.name, 'a name')}
        >
          <Input value={form.name} onChange={({ detail }) => change({ name: detail.value })} />
        </FormField>
        <FormField label="Description - optional">
          <Input value={form.description} onChange={({ detail }) => change({ description: detail.value })} />
        </FormField>
        <FormField
          label="Message for blocked prompts"
          description="What users read in place of an answer."
          errorText={missing(form.blockedInput, 'a message')}
          stretch
        >
          <Textarea
            rows={2}
            value={form.blockedInput}
            onChange={({ detail }) => change({ blockedInput: detail.value })}
          />
        </FormField>
        <FormField
          label="Message for blocked responses"
          description="What users read in place of what the model answered."
          errorText={missing(form.blockedOutputs, 'a message')}
          stretch
        >
          <Textarea
            rows={2}
            value={form.blockedOutputs}
            onChange={({ detail }) => change({ blockedOutputs: detail.value })}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function SettingsPart({ form, change }: SectionProps) {
  const { tags } = form;
  const setTag = (index: number, part: Partial<(typeof tags)[number]>) =>
    change({ tags: tags.map((tag, at) => (at === index ? { ...tag, ...part } : tag)) });
  return (
    <Container header={<Header variant="h2">Key, profile and tags</Header>}>
      <SpaceBetween size="l">
        <FormField
          label="KMS key - optional"
          description="ARN, ID or alias of the customer's key that the guardrail is kept under."
          stretch
        >
          <Input
            value={form.kmsKeyId}
            placeholder="alias/guardrails"
            onChange={({ detail }) => change({ kmsKeyId: detail.value })}
          />
        </FormField>
        <FormField
          label="Guardrail profile - optional"
          description="For inference across regions, which the Standard tier needs."
        >
          <Input
            value={form.profile}
            placeholder="us.guardrail.v1:0"
            onChange={({ detail }) => change({ profile: detail.value })}
          />
        </FormField>
        <AttributeEditor
          items={tags}
          addButtonText="Add tag"
          removeButtonText="Remove"
          removeButtonAriaLabel={({ key }) => `Remove tag ${key}`}
          empty="No tags."
          onAddButtonClick={() => change({ tags: [...tags, { key: '', value: '' }] })}
          onRemoveButtonClick={({ detail }) => change({ tags: tags.filter((_tag, at) => at !== detail.itemIndex) })}
          definition={[
            {
              label: 'Key',
              control: ({ key }, index) => (
                <Input
                  value={key}
                  ariaLabel={`Key of tag ${index + 1}`}
                  onChange={({ detail }) => setTag(index, { key: detail.value })}
                />
              ),
            },
            {
              label: 'Value',
              control: ({ value }, index) => (
                <Input
                  value={value}
                  ariaLabel={`Value of tag ${index + 1}`}
                  onChange={({ detail }) => setTag(index, { value: detail.value })}
                />
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

const Settings = sectionOf(SettingsPart, ['kmsKeyId', 'profile', 'tags']);
