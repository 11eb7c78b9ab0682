import { BedrockClient, ListFoundationModelsCommand } from '@aws-sdk/client-bedrock';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useCallback, useMemo, useState } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router';
import { useCall, useRefresh } from '../../aws/call.ts';
import { StackError, useAsk, useStack } from '../../aws/stack.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { Editor, type Diagnostic } from '../../ui/editor.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { timeText } from '../../ui/text.ts';
import { completionOf, type Coverage } from './completion.ts';
import { faultText } from './faults.ts';
import { TEMPLATES } from './templates.ts';
import { rulesOf, ruleText } from './text.ts';
import { isOfApi, writtenOf, type ListedRule, type Rule, type RuleFault } from './types.ts';

const TRAIL = [{ text: 'Rules', href: '#/rules' }];

/** A rule, as YAML or JSON: a new one, one that was set, or, to be read, one of a file. */
export function EditRule() {
  const { id } = useParams();
  const { state } = useLocation() as { state?: { text?: string; note?: string } | null };
  const { data, error, refetch } = useStack<ListedRule>(
    id === undefined ? undefined : `rules/${encodeURIComponent(id)}`,
  );
  if (id === undefined)
    return (
      <Form
        text={state?.text ?? ruleText([TEMPLATES[0]!.rule])}
        {...(state?.note === undefined ? {} : { note: state.note })}
      />
    );
  if (error)
    return (
      <Page title={`Rule ${id}`} trail={TRAIL}>
        {error instanceof StackError && error.status === 400 ? (
          <Alert type="info" header={`There is no rule ${id}`} action={<Button href="#/rules">All rules</Button>}>
            It was removed, or its file does not have it any more.
          </Alert>
        ) : (
          <Failure error={error} retry={() => void refetch()} />
        )}
      </Page>
    );
  return data ? <Form key={data.id} text={ruleText([writtenOf(data)])} rule={data} /> : <Loading />;
}

function Form({ text: first, rule, note }: { text: string; rule?: ListedRule; note?: string }) {
  const [text, setText] = useState(first);
  const [language, setLanguage] = useState<'yaml' | 'json'>('yaml');
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [faults, setFaults] = useState<readonly RuleFault[]>([]);
  const ask = useAsk();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const { data: coverage } = useStack<Coverage>('coverage');
  const { data: schema } = useStack<object>('rules/schema');
  const { data: models } = useCall(BedrockClient, ListFoundationModelsCommand, {});
  const complete = useMemo(
    () =>
      completionOf({
        ...(schema ? { schema } : {}),
        ...(coverage ? { coverage } : {}),
        models: models?.modelSummaries?.map(({ modelId }) => modelId!) ?? [],
      }),
    [schema, coverage, models],
  );
  const check = useCallback(
    async (now: string): Promise<Diagnostic[]> => {
      try {
        await ask('POST', 'rules/check', { text: now, file: 'rule' });
        setFaults([]);
        return [];
      } catch (error) {
        const found = faultsOf(error);
        if (!found) {
          setFailure(error);
          return [];
        }
        setFaults(found);
        return found.map((fault) => diagnosticOf(now, fault));
      }
    },
    // eslint-disable-next-line react-hooks/exhaustive-deps -- asking is the session's, which this page is remounted for
    [],
  );
  const isReadOnly = rule !== undefined && !isOfApi(rule);
  const save = async () => {
    setPending(true);
    setFailure(undefined);
    try {
      const wanted = rulesOf(text);
      if (wanted.length === 0) throw new Error('The text has no rule: a list of them, each with a dash before it.');
      await ask('POST', 'rules/check', { text, file: 'rule' });
      const ids: string[] = [];
      for (const each of wanted) ids.push(await put(each));
      if (rule && !ids.includes(rule.id)) await ask('DELETE', `rules/${encodeURIComponent(rule.id)}`);
      tellSuccess(ids.length === 1 ? `Rule ${ids[0]} is in effect.` : `Rules ${ids.join(', ')} are in effect.`);
      await refresh();
      void navigate('/rules');
    } catch (error) {
      const found = faultsOf(error);
      if (found) setFaults(found);
      else setFailure(error);
    } finally {
      setPending(false);
    }
  };
  const put = async (each: Rule): Promise<string> => {
    const { id, ...rest } = each;
    const made =
      id === undefined
        ? await ask<{ id: string }>('POST', 'rules', each)
        : await ask<{ id: string }>('PUT', `rules/${encodeURIComponent(id)}`, rest);
    return made.id;
  };
  const change = (to: 'yaml' | 'json') => {
    try {
      const rules = rulesOf(text);
      setText(to === 'json' ? `${JSON.stringify(rules, undefined, 2)}\n` : ruleText(rules));
      setLanguage(to);
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <Page
      title={rule ? `Rule ${rule.id}` : 'Create rule'}
      trail={TRAIL}
      {...(rule
        ? {
            description: isOfApi(rule)
              ? `Set over the API; has decided ${rule.used} ${rule.used === 1 ? 'call' : 'calls'}.`
              : `Of ${rule.source}; has decided ${rule.used} ${rule.used === 1 ? 'call' : 'calls'}.`,
          }
        : {
            description:
              'Checked against the services’ own models as you write. The first rule that matches a call decides.',
          })}
    >
      {note !== undefined && <Alert type="info">{note}</Alert>}
      {isReadOnly && (
        <Alert type="info">This rule stands in a file: change it in {rule.source}, and it is read anew.</Alert>
      )}
      {failure !== undefined && <Failure error={failure} />}
      <Container
        header={
          <Header
            variant="h2"
            description="A list of rules. Control+Space shows what may come next; Escape, then Tab, leaves the editor."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <SegmentedControl
                  label="Format"
                  selectedId={language}
                  options={[
                    { id: 'yaml', text: 'YAML' },
                    { id: 'json', text: 'JSON' },
                  ]}
                  onChange={({ detail }) => change(detail.selectedId as 'yaml' | 'json')}
                />
                <Button href="#/rules">Cancel</Button>
                {!isReadOnly && (
                  <Button variant="primary" loading={pending} onClick={() => void save()}>
                    {rule ? 'Save changes' : 'Create rule'}
                  </Button>
                )}
              </SpaceBetween>
            }
          >
            {isReadOnly ? 'Rule' : 'Edit'}
          </Header>
        }
      >
        <SpaceBetween size="s">
          <Editor
            label="Rules"
            value={text}
            onChange={setText}
            language={language}
            check={check}
            complete={complete}
            minHeight="280px"
            maxHeight="560px"
            readOnly={isReadOnly}
          />
          {faults.length > 0 && (
            <Alert
              type="error"
              header={faults.length === 1 ? 'One thing is wrong' : `${faults.length} things are wrong`}
            >
              <div data-testid="rule-faults">
                {faults.map((fault) => (
                  <div key={faultText(fault)}>
                    {fault.line === undefined ? '' : `Line ${fault.line}: `}
                    {fault.path === undefined || fault.path === '' ? '' : `${fault.path}: `}
                    {fault.message}
                  </div>
                ))}
              </div>
            </Alert>
          )}
        </SpaceBetween>
      </Container>
      {rule && <LastCalls rule={rule} />}
    </Page>
  );
}

function LastCalls({ rule }: { rule: ListedRule }) {
  return (
    <Table
      items={rule.last.toReversed()}
      trackBy="requestId"
      variant="container"
      ariaLabels={{ tableLabel: 'Last calls' }}
      header={
        <Header
          variant="h2"
          counter={`(${rule.last.length})`}
          actions={<Link href={`#/calls?rule=${encodeURIComponent(rule.id)}`}>All of its calls</Link>}
        >
          Last calls
        </Header>
      }
      empty={<Box>It has decided no call yet.</Box>}
      columnDefinitions={[
        { id: 'time', header: 'Time', cell: ({ timeMs }) => timeText(timeMs) },
        {
          id: 'call',
          header: 'Call',
          cell: ({ service, operation, requestId }) => (
            <Link href={`#/calls/${requestId}`}>
              {service}.{operation}
            </Link>
          ),
          isRowHeader: true,
        },
      ]}
    />
  );
}

const faultsOf = (error: unknown): RuleFault[] | undefined =>
  error instanceof StackError && Array.isArray(error.faults) ? (error.faults as RuleFault[]) : undefined;

/** Where in the text a fault stands: from its column to the end of its line. */
function diagnosticOf(text: string, { line = 1, column = 1, path, message }: RuleFault): Diagnostic {
  const lines = text.split('\n');
  const index = Math.min(Math.max(line, 1), lines.length) - 1;
  const start = lines.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
  const from = Math.min(start + Math.max(0, column - 1), text.length);
  const to = Math.max(from, start + lines[index]!.trimEnd().length);
  return { from, to, severity: 'error', message: path ? `${path}: ${message}` : message };
}
