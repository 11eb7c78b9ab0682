import {
  BedrockClient,
  GetGuardrailCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateGuardrailCommand,
} from '@aws-sdk/client-bedrock';
import { useNavigate, useParams } from 'react-router';
import { useCall, useRefresh, useSend } from '../../../../aws/call.ts';
import type { MadeCall } from '../../../../aws/history.ts';
import { tellSuccess } from '../../../../shell/notices.tsx';
import { Failure } from '../../../../ui/failure.tsx';
import { Loading, Page } from '../../../../ui/page.tsx';
import { formOf, inputOf, tagsOf, type GuardrailForm as Form } from '../model.ts';
import { GuardrailForm } from './form.tsx';

/** The draft of a guardrail, to be changed. */
export function EditGuardrail() {
  const { id } = useParams();
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const navigate = useNavigate();
  const guardrail = useCall(BedrockClient, GetGuardrailCommand, { guardrailIdentifier: id });
  const arn = guardrail.data?.guardrailArn;
  const tags = useCall(BedrockClient, ListTagsForResourceCommand, arn === undefined ? undefined : { resourceARN: arn });
  const error = guardrail.error ?? tags.error;
  const name = guardrail.data?.name ?? id!;
  const href = `#/bedrock/guardrails/${id}`;

  const before = tags.data?.tags ?? [];
  const calls = (form: Form) => {
    const wanted = tagsOf(form);
    const gone = before.filter(({ key }) => !wanted.some((tag) => tag.key === key)).map((tag) => tag.key!);
    const set = wanted.filter(({ key, value }) => before.find((tag) => tag.key === key)?.value !== value);
    return {
      update: { guardrailIdentifier: id, ...inputOf(form) },
      ...(gone.length === 0 ? {} : { untag: { resourceARN: arn, tagKeys: gone } }),
      ...(set.length === 0 ? {} : { tag: { resourceARN: arn, tags: set } }),
    };
  };

  return (
    <Page
      title={`Edit ${name}`}
      trail={[
        { text: 'Amazon Bedrock', href: '#/bedrock/models' },
        { text: 'Guardrails', href: '#/bedrock/guardrails' },
        { text: name, href },
      ]}
      description="The draft is changed. Versions that were made of it stay as they are."
    >
      {error ? (
        <Failure error={error} retry={() => void refresh()} />
      ) : guardrail.data && tags.data ? (
        <GuardrailForm
          initial={formOf(guardrail.data, before)}
          submitText="Save draft"
          cancelHref={href}
          calls={(form): MadeCall[] => {
            const { update, untag, tag } = calls(form);
            const made = (operation: string, input: Record<string, unknown> | undefined): MadeCall[] =>
              input ? [{ serviceId: 'Bedrock', operation, input }] : [];
            return [...made('UpdateGuardrail', update), ...made('UntagResource', untag), ...made('TagResource', tag)];
          }}
          submit={async (form) => {
            const { update, untag, tag } = calls(form);
            await send(UpdateGuardrailCommand, update);
            if (untag) await send(UntagResourceCommand, untag);
            if (tag) await send(TagResourceCommand, tag);
            tellSuccess(`The draft of ${form.name.trim()} is saved.`);
            await refresh();
            await navigate(`/bedrock/guardrails/${id}`);
          }}
        />
      ) : (
        <Loading />
      )}
    </Page>
  );
}
