import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useRefresh } from '../../aws/call.ts';
import { useAsk, useStack } from '../../aws/stack.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { ClockControl } from '../clock/control.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText } from '../../ui/text.ts';
import { faultText } from './faults.ts';
import { Faults } from './quick-faults.tsx';
import { ruleText } from './text.ts';
import { TEMPLATES } from './templates.ts';
import { actionText, isOfApi, matchText, writtenOf, type ListedRule, type RuleList } from './types.ts';

const EVERY_MS = 2_000;

/** The rules in the order in which they are asked. */
export function Rules() {
  const { data, error, refetch, isFetching } = useStack<RuleList>('rules', { refetchMs: EVERY_MS });
  const ask = useAsk();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState<ListedRule[]>([]);
  const [removing, setRemoving] = useState(false);
  const switched = useAction(async (signal, rule: ListedRule, enabled: boolean) => {
    const { enabled: _before, ...written } = writtenOf(rule);
    await ask(
      'PUT',
      `rules/${encodeURIComponent(rule.id)}`,
      enabled ? written : { ...written, enabled: false },
      signal,
    );
    await refresh();
  });
  const forgotten = useAction(async (signal) => {
    await ask('POST', 'rules/forget', undefined, signal);
    tellSuccess('All counts begin anew.');
    await refresh();
  });
  const remove = async (signal: AbortSignal) => {
    for (const { id } of chosen) await ask('DELETE', `rules/${encodeURIComponent(id)}`, undefined, signal);
    tellSuccess(chosen.length === 1 ? `Rule ${chosen[0]!.id} was removed.` : `${chosen.length} rules were removed.`);
    await refresh();
    setChosen([]);
  };
  const order = new Map(data?.rules.map(({ id }, index) => [id, index + 1]));
  return (
    <Page
      title="Rules"
      description="Calls are computed unless a rule says otherwise. The first rule that matches decides."
      actions={<ClockControl />}
    >
      {data && data.faults.length > 0 && (
        <Alert type="error" header="Rule files are wrong: the last good rules stay in effect">
          {data.faults.map((fault) => (
            <div key={faultText(fault)}>{faultText(fault)}</div>
          ))}
        </Alert>
      )}
      <Faults rules={data?.rules} />
      <ResourceTable
        title="Rules"
        noun="rule"
        items={data?.rules}
        error={error}
        refresh={() => void refetch()}
        refreshing={isFetching && data === undefined}
        idOf={({ id }) => id}
        selection="multi"
        selected={chosen}
        onSelect={(items) => setChosen(items.filter(isOfApi))}
        columns={[
          { id: 'order', header: 'Order', cell: ({ id }) => order.get(id), width: 105 },
          {
            id: 'id',
            header: 'Rule',
            cell: ({ id }) => <Link href={`#/rules/rule/${encodeURIComponent(id)}`}>{id}</Link>,
            value: ({ id, description }) => `${id} ${description ?? ''}`,
            isRowHeader: true,
            width: 160,
          },
          {
            id: 'enabled',
            header: 'In effect',
            cell: (rule) => (
              <Toggle
                checked={rule.enabled !== false}
                disabled={!isOfApi(rule) || switched.pending}
                onChange={({ detail }) => void switched.run(rule, detail.checked)}
                ariaLabel={`Rule ${rule.id} in effect`}
              />
            ),
            value: ({ enabled }) => (enabled === false ? 'off' : 'on'),
            width: 110,
          },
          { id: 'for', header: 'For', cell: matchText, width: 210 },
          { id: 'does', header: 'Does', cell: actionText, width: 170 },
          {
            id: 'used',
            header: 'Decided',
            cell: ({ id, used }) => (
              <Link href={`#/calls?rule=${encodeURIComponent(id)}`}>
                {used.toLocaleString('en')} {used === 1 ? 'call' : 'calls'}
              </Link>
            ),
            value: ({ used }) => used,
            width: 120,
          },
          {
            id: 'last',
            header: 'Last call',
            cell: ({ last }) => {
              const hit = last.at(-1);
              return hit ? <Link href={`#/calls/${hit.requestId}`}>{timeText(hit.timeMs)}</Link> : '–';
            },
            value: ({ last }) => last.at(-1)?.timeMs ?? 0,
            width: 180,
          },
          { id: 'priority', header: 'Priority', cell: ({ priority }) => priority ?? 0, width: 100 },
          {
            id: 'source',
            header: 'Source',
            cell: ({ source }) => (source === 'api' ? 'Set here or over the API' : source),
            value: ({ source }) => source,
            width: 180,
          },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={chosen.length === 0} onClick={() => setRemoving(true)}>
              Delete
            </Button>
            <Button loading={forgotten.pending} onClick={() => void forgotten.run()}>
              Begin counts anew
            </Button>
            <ButtonDropdown
              variant="primary"
              mainAction={{ text: 'Create rule', onClick: () => void navigate('/rules/new') }}
              ariaLabel="Create a rule from a template"
              items={TEMPLATES.map(({ id, name, description }) => ({ id, text: name, description }))}
              onItemClick={({ detail }) =>
                void navigate('/rules/new', {
                  state: { text: ruleText([TEMPLATES.find(({ id }) => id === detail.id)!.rule]) },
                })
              }
            />
          </SpaceBetween>
        }
        empty={
          <Empty
            title="No rules: every call is computed"
            action={<Button onClick={() => void navigate('/rules/new')}>Create rule</Button>}
          >
            A rule declares an answer, scripts a model, injects a fault, limits a rate, or records and replays calls. By
            the command:
            <CodeBlock text={'outcrop start --rules rules.yaml\noutcrop rules check rules.yaml'} />
          </Empty>
        }
      />
      {removing && (
        <AskFirst
          title={chosen.length === 1 ? `Delete rule ${chosen[0]!.id}?` : `Delete ${chosen.length} rules?`}
          action="Delete"
          act={remove}
          close={() => setRemoving(false)}
        >
          Calls that {chosen.length === 1 ? 'it decides' : 'they decide'} are computed again, or are for the rules
          after.
        </AskFirst>
      )}
    </Page>
  );
}
