import { GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import {
  IAMClient,
  ListRolesCommand,
  ListUsersCommand,
  SimulatePrincipalPolicyCommand,
  type ContextEntry,
} from '@aws-sdk/client-iam';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAllPages, useSend } from '../../aws/call.ts';
import { isMissing } from '../../aws/failure.ts';
import { useSignedIn } from '../../aws/session.ts';
import { Failure } from '../../ui/failure.tsx';
import { ACTIONS, askAnonymously, type AnonymousAnswer } from './anonymous.ts';
import { AnonymousVerdict, SimulatedVerdict, type Simulated } from './verdict.tsx';
import { objectArn } from './model.ts';

const ANONYMOUS = 'Everybody (anonymous)';

type Answer = { simulated: Simulated } | { anonymous: AnonymousAnswer };

/** Whether somebody may do something with an object, and by which statements. */
export function EffectiveAccess({ bucket }: { bucket: string }) {
  const session = useSignedIn();
  const s3 = useSend(S3Client);
  const iam = useSend(IAMClient);
  const users = useAllPages(IAMClient, ListUsersCommand, {}, { items: ({ Users }) => Users, input: 'Marker' });
  const roles = useAllPages(IAMClient, ListRolesCommand, {}, { items: ({ Roles }) => Roles, input: 'Marker' });
  const [principal, setPrincipal] = useState('');
  const [action, setAction] = useState(ACTIONS[0]!);
  const [key, setKey] = useState('');
  const [context, setContext] = useState<Record<string, string>>({});
  const [answer, setAnswer] = useState<Answer>();
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);
  const wanted =
    'simulated' in (answer ?? {})
      ? ((answer as { simulated: Simulated }).simulated.together.MissingContextValues ?? [])
      : [];
  const asked = [...new Set([...wanted, ...Object.keys(context)])];

  async function simulate(): Promise<Simulated> {
    let policy: string | undefined;
    try {
      policy = (await s3(GetBucketPolicyCommand, { Bucket: bucket })).Policy;
    } catch (failure) {
      // That there is none is an answer; that it may not be read is not.
      if (!isMissing(failure)) throw failure;
    }
    const resource = action.on === 'bucket' ? `arn:aws:s3:::${bucket}` : objectArn(bucket, key);
    const entries: ContextEntry[] = Object.entries(context)
      .filter(([, value]) => value !== '')
      .map(([ContextKeyName, value]) => ({ ContextKeyName, ContextKeyValues: [value], ContextKeyType: 'string' }));
    const input = {
      PolicySourceArn: principal,
      CallerArn: principal,
      ActionNames: [action.value],
      ResourceArns: [resource],
      ResourceOwner: session.account,
      ...(entries.length === 0 ? {} : { ContextEntries: entries }),
    };
    const [own, together] = [
      await iam(SimulatePrincipalPolicyCommand, input),
      await iam(SimulatePrincipalPolicyCommand, {
        ...input,
        ...(policy === undefined ? {} : { ResourcePolicy: policy }),
      }),
    ];
    return {
      arn: principal,
      action: action.value,
      resource,
      policy,
      own: own.EvaluationResults![0]!,
      together: together.EvaluationResults![0]!,
    };
  }

  async function check() {
    setPending(true);
    setError(undefined);
    setAnswer(undefined);
    try {
      setAnswer(
        principal === ANONYMOUS
          ? { anonymous: await askAnonymously(session, bucket, action, key) }
          : { simulated: await simulate() },
      );
    } catch (failure) {
      setError(failure);
    }
    setPending(false);
  }

  const arns = [...(users.data ?? []), ...(roles.data ?? [])].map(({ Arn }) => ({ value: Arn! }));
  const ready = (principal === ANONYMOUS || principal.startsWith('arn:')) && (action.on === 'bucket' || key !== '');
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Whether a user, a role or everybody may do something here, and which statements say so."
          actions={
            <Button variant="primary" disabled={!ready} loading={pending} onClick={() => void check()}>
              Check access
            </Button>
          }
        >
          Effective access
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ColumnLayout columns={3}>
          <FormField
            label="Principal"
            constraintText="ARN of a user or role of this account, or everybody."
            warningText={users.error || roles.error ? 'You may not list users and roles: enter the ARN.' : undefined}
          >
            <Autosuggest
              ariaLabel="Principal"
              value={principal}
              placeholder={`arn:aws:iam::${session.account}:user/name`}
              onChange={({ detail }) => {
                setPrincipal(detail.value);
                setContext({});
              }}
              options={[{ value: ANONYMOUS, description: 'A request that nobody signed' }, ...arns]}
              enteredTextLabel={(value) => `Use ${value}`}
              empty="No users or roles"
            />
          </FormField>
          <FormField label="Action">
            <Select
              selectedOption={{ value: action.value, label: action.value }}
              options={ACTIONS.map(({ value, on }) => ({
                value,
                label: value,
                description: on === 'bucket' ? 'On the bucket' : 'On an object',
              }))}
              onChange={({ detail }) => setAction(ACTIONS.find(({ value }) => value === detail.selectedOption.value)!)}
            />
          </FormField>
          {action.on === 'object' && (
            <FormField label="Key" constraintText="Of an object; it need not be there.">
              <Input value={key} onChange={({ detail }) => setKey(detail.value)} />
            </FormField>
          )}
        </ColumnLayout>
        {asked.length > 0 && (
          <FormField
            label="Condition keys"
            description="Policies look at these. Without a value, a simulation knows none; give one and check again."
          >
            <ColumnLayout columns={3}>
              {asked.map((name) => (
                <FormField key={name} label={name}>
                  <Input
                    value={context[name] ?? ''}
                    onChange={({ detail }) => setContext((before) => ({ ...before, [name]: detail.value }))}
                  />
                </FormField>
              ))}
            </ColumnLayout>
          </FormField>
        )}
        {error !== undefined && <Failure error={error} />}
        {answer && 'simulated' in answer && <SimulatedVerdict bucket={bucket} {...answer.simulated} />}
        {answer && 'anonymous' in answer && <AnonymousVerdict {...answer.anonymous} />}
      </SpaceBetween>
    </Container>
  );
}
