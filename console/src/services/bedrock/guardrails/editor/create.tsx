import { BedrockClient, CreateGuardrailCommand } from '@aws-sdk/client-bedrock';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useRefresh, useSend } from '../../../../aws/call.ts';
import { tellSuccess } from '../../../../shell/notices.tsx';
import { Page } from '../../../../ui/page.tsx';
import { inputOf, newForm, tagsOf, type GuardrailForm as Form } from '../model.ts';
import { GuardrailForm } from './form.tsx';

const TRAIL = [
  { text: 'Amazon Bedrock', href: '#/bedrock/models' },
  { text: 'Guardrails', href: '#/bedrock/guardrails' },
];

/** What CreateGuardrail is sent. */
const createInput = (form: Form) => ({
  ...inputOf(form),
  ...(tagsOf(form).length === 0 ? {} : { tags: tagsOf(form) }),
});

/** A new guardrail. */
export function CreateGuardrail() {
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const navigate = useNavigate();
  const [initial] = useState(newForm);
  return (
    <Page
      title="Create guardrail"
      trail={TRAIL}
      description="Choose at least one policy. What is created is a draft: versions are made of it later."
    >
      <GuardrailForm
        initial={initial}
        submitText="Create guardrail"
        cancelHref="#/bedrock/guardrails"
        calls={(form) => [{ serviceId: 'Bedrock', operation: 'CreateGuardrail', input: createInput(form) }]}
        submit={async (form) => {
          const { guardrailId } = await send(CreateGuardrailCommand, createInput(form));
          tellSuccess(`Guardrail ${form.name.trim()} is created.`);
          await refresh();
          await navigate(`/bedrock/guardrails/${guardrailId}`);
        }}
      />
    </Page>
  );
}
