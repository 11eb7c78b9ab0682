import {
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  IAMClient,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
  type ContextEntry,
  type EvaluationResult,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useSend } from '../../aws/call.ts';
import { Failure } from '../../ui/failure.tsx';
import { Page } from '../../ui/page.tsx';
import { newPolicy, PolicyEditor } from '../../ui/policy-editor.tsx';
import { ActionPicker } from './action-picker.tsx';
import { PrincipalSelect } from './principals.tsx';
import { SimulationResult } from './simulation-result.tsx';
import type { Given } from './simulated-policies.ts';
import { IAM } from './trail.ts';

type Done = { results: EvaluationResult[]; principal: string | undefined; given: Given };

const lines = (text: string): string[] => text.split(/[\s,]+/).filter((line) => line !== '');

/** What policies would decide: of who is there, or of policies as they are typed. */
export function Simulator() {
  const [search] = useSearchParams();
  const send = useSend(IAMClient);
  const [mode, setMode] = useState('principal');
  const [principal, setPrincipal] = useState<string | undefined>(search.get('principal') ?? undefined);
  const [policy, setPolicy] = useState(() => newPolicy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }));
  const [actions, setActions] = useState<string[]>([]);
  const [resources, setResources] = useState('');
  const [resourcePolicy, setResourcePolicy] = useState('');
  const [caller, setCaller] = useState('');
  const [keys, setKeys] = useState<string[]>([]);
  const [context, setContext] = useState<Record<string, string>>({});
  const [done, setDone] = useState<Done>();
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);
  const custom = mode === 'custom';
  const resource = resourcePolicy.trim();

  const simulate = async () => {
    setPending(true);
    setError(undefined);
    try {
      const { ContextKeyNames: found = [] } = custom
        ? await send(GetContextKeysForCustomPolicyCommand, { PolicyInputList: [policy] })
        : await send(GetContextKeysForPrincipalPolicyCommand, { PolicySourceArn: principal });
      setKeys(found);
      const given = found.filter((key) => (context[key] ?? '') !== '');
      const input = {
        ActionNames: actions,
        ...(lines(resources).length > 0 ? { ResourceArns: lines(resources) } : {}),
        ...(resource === '' ? {} : { ResourcePolicy: resource }),
        ...(caller.trim() === '' ? {} : { CallerArn: caller.trim() }),
        ...(given.length > 0 ? { ContextEntries: given.map((key) => entryOf(key, context[key]!)) } : {}),
      };
      const results: EvaluationResult[] = [];
      let Marker: string | undefined;
      do {
        const page = { ...input, ...(Marker === undefined ? {} : { Marker }) };
        const answer = custom
          ? await send(SimulateCustomPolicyCommand, { ...page, PolicyInputList: [policy] })
          : await send(SimulatePrincipalPolicyCommand, { ...page, PolicySourceArn: principal });
        results.push(...(answer.EvaluationResults ?? []));
        Marker = answer.Marker;
      } while (Marker !== undefined);
      setDone({
        results,
        principal: custom ? undefined : principal,
        given: { 'PolicyInputList.1': policy, ResourcePolicy: resource },
      });
    } catch (thrown) {
      setDone(undefined);
      setError(thrown);
    } finally {
      setPending(false);
    }
  };

  return (
    <Page
      title="Policy simulator"
      trail={[IAM]}
      description="Decided by the very evaluator that decides on calls. Nothing is called."
    >
      <Container header={<Header variant="h2">Who asks for what</Header>}>
        <SpaceBetween size="m">
          <SegmentedControl
            label="Whose policies"
            selectedId={mode}
            onChange={({ detail }) => setMode(detail.selectedId)}
            options={[
              { id: 'principal', text: 'Of a user, group or role' },
              { id: 'custom', text: 'Typed here' },
            ]}
          />
          {custom ? (
            <PolicyEditor label="Policy to simulate" kind="identity" value={policy} onChange={setPolicy} />
          ) : (
            <PrincipalSelect value={principal} onChange={setPrincipal} />
          )}
          <ActionPicker actions={actions} onChange={setActions} />
          <FormField label="Resources" description="ARNs, one to a line. None: any resource." stretch>
            <Textarea
              value={resources}
              onChange={({ detail }) => setResources(detail.value)}
              rows={2}
              placeholder="arn:aws:s3:::models/*"
              ariaLabel="Resources"
            />
          </FormField>
          <ExpandableSection headerText="Resource-based policy" defaultExpanded={resource !== ''}>
            <SpaceBetween size="s">
              <PolicyEditor
                label="Resource-based policy"
                kind="resource"
                value={resourcePolicy}
                onChange={setResourcePolicy}
                minHeight="120px"
              />
              <FormField
                label="Caller ARN"
                description="The user who asks. Needed where the policies are not of a user."
              >
                <Input value={caller} onChange={({ detail }) => setCaller(detail.value)} autoComplete={false} />
              </FormField>
            </SpaceBetween>
          </ExpandableSection>
          {keys.length > 0 && (
            <FormField
              label="Condition keys"
              description="What the policies look at. A list has its values apart by commas. Empty: the request does not have it."
              stretch
            >
              <SpaceBetween size="xs">
                {keys.map((key) => (
                  <FormField key={key} label={key}>
                    <Input
                      value={context[key] ?? ''}
                      autoComplete={false}
                      onChange={({ detail }) => setContext((before) => ({ ...before, [key]: detail.value }))}
                    />
                  </FormField>
                ))}
              </SpaceBetween>
            </FormField>
          )}
          <Button
            variant="primary"
            loading={pending}
            disabled={actions.length === 0 || (!custom && principal === undefined)}
            onClick={() => void simulate()}
          >
            Simulate
          </Button>
        </SpaceBetween>
      </Container>
      {error !== undefined && <Failure error={error} retry={() => void simulate()} />}
      {done?.results.map((result) => (
        <SimulationResult key={result.EvalActionName} result={result} principal={done.principal} given={done.given} />
      ))}
    </Page>
  );
}

function entryOf(ContextKeyName: string, text: string): ContextEntry {
  const values = text.split(',').map((value) => value.trim());
  return {
    ContextKeyName,
    ContextKeyValues: values,
    ContextKeyType: values.length > 1 ? 'stringList' : 'string',
  };
}
