import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { Empty } from '../../../../ui/empty.tsx';
import { Failure } from '../../../../ui/failure.tsx';
import { ResourceTable } from '../../../../ui/resource-table.tsx';
import { Choice } from '../editor/fields.tsx';
import { detectedOf, findingLabel, spansOf, type Decision, type Finding } from '../explain.ts';
import { DecisionStatus } from '../findings.tsx';
import { Highlighted } from '../highlighted.tsx';
import { VersionField } from '../version-field.tsx';
import { LoadDialog } from './load-dialog.tsx';
import { MeasuresOf } from './measures.tsx';
import { RowDetails, VerdictStatus } from './row-details.tsx';
import { EXPECTED, EXPECTED_LABELS, RowDialog, SOURCE_LABELS } from './row-dialog.tsx';
import { csvOf, type BenchRow } from './rows.ts';
import { judgedOf, resultOf, useBenchRun } from './run.ts';
import { VERDICT_LABELS, verdictOf } from './sums.ts';
import { SweepView } from './sweep-view.tsx';
import { useTable } from './use-table.ts';

const SHOWN_CHARACTERS = 240;
const CONCURRENCIES = ['1', '2', '4', '8'] as const;
const FILTERS = ['all', 'wrong', 'false-block', 'missed', 'right', 'failed', 'open'] as const;
const FILTER_LABELS: Record<(typeof FILTERS)[number], string> = {
  all: 'All texts',
  wrong: 'Wrong',
  'false-block': 'False blocks',
  missed: 'Missed',
  right: 'Right',
  failed: 'Failed',
  open: 'Not run',
};
type Dialog = { kind: 'add' | 'load' } | { kind: 'edit' | 'details'; row: BenchRow };

/** Labelled texts held to a guardrail: how often it is right, where it is wrong, and what other strengths would do. */
export function Bench({ id, name, versions }: { id: string; name: string; versions: string[] }) {
  const [rows, setRows] = useTable(id);
  const [version, setVersion] = useState('DRAFT');
  const [concurrency, setConcurrency] = useState<(typeof CONCURRENCIES)[number]>('4');
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>('all');
  const [selected, setSelected] = useState<BenchRow[]>([]);
  const [dialog, setDialog] = useState<Dialog>();
  const run = useBenchRun(id, version);
  const { results } = run;

  const judged = useMemo(() => judgedOf(rows, results), [rows, results]);
  const verdicts = useMemo(() => new Map(judged.map((each) => [each.row.id, verdictOf(each)])), [judged]);
  const stateOf = (row: BenchRow) => {
    const verdict = verdicts.get(row.id);
    if (verdict) return verdict;
    return resultOf(results, row) ? 'failed' : 'open';
  };
  const shown = rows.filter((row) => {
    if (filter === 'all') return true;
    const state = stateOf(row);
    if (filter === 'wrong') return state === 'false-block' || state === 'missed' || state === 'other-kind';
    return state === filter;
  });
  const failed = rows.filter((row) => stateOf(row) === 'failed').length;
  const chosen = selected.flatMap(({ id: rowId }) => rows.find((row) => row.id === rowId) ?? []);
  const findingsAt = (row: BenchRow): Finding[] => {
    const found = resultOf(results, row);
    return found && 'findings' in found ? found.findings : [];
  };

  function expect(expected: Decision) {
    const ids = new Set(chosen.map((row) => row.id));
    setRows(rows.map((row) => (ids.has(row.id) ? { ...row, expected } : row)));
  }
  function remove() {
    const ids = new Set(chosen.map((row) => row.id));
    setRows(rows.filter((row) => !ids.has(row.id)));
    setSelected([]);
  }
  function exportCsv() {
    const outcomes = new Map(judged.map((each) => [each.row.id, each]));
    const csv = csvOf(rows, (row) => {
      const found = outcomes.get(row.id);
      return (
        found && {
          actual: found.decision,
          verdict: VERDICT_LABELS[verdictOf(found)],
          why: whyOf(found.findings),
        }
      );
    });
    const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${name}-test-bench.csv`;
    link.click();
    URL.revokeObjectURL(url);
  }

  const progress = `${run.done.toLocaleString('en')} of ${run.total.toLocaleString('en')}${run.cancelled ? ', cancelled' : ''}`;

  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description="Each text is held to the guardrail by ApplyGuardrail, and what it does is compared with what was expected."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {run.running && <Button onClick={run.cancel}>Cancel run</Button>}
                <Button
                  variant="primary"
                  loading={run.running}
                  disabled={rows.length === 0}
                  onClick={() => void run.start(rows, Number(concurrency))}
                >
                  Run all
                </Button>
              </SpaceBetween>
            }
          >
            Run
          </Header>
        }
      >
        <SpaceBetween size="m">
          <SpaceBetween direction="horizontal" size="l">
            <VersionField
              label="Version"
              versions={versions}
              value={version}
              onChange={setVersion}
              disabled={run.running}
            />
            <FormField label="Calls at a time">
              <Choice value={concurrency} options={CONCURRENCIES} onChange={setConcurrency} disabled={run.running} />
            </FormField>
          </SpaceBetween>
          {(run.running || run.total > 0) && (
            <ProgressBar
              label="Texts held to the guardrail"
              value={run.total === 0 ? 0 : (run.done / run.total) * 100}
              additionalInfo={run.running ? progress : ''}
              resultText={progress}
              status={run.running ? 'in-progress' : run.done < run.total ? 'error' : 'success'}
            />
          )}
          {run.error !== undefined && <Failure error={run.error} />}
          {failed > 0 && !run.running && (
            <Alert type="warning">
              {failed} {failed === 1 ? 'text was' : 'texts were'} not judged, for the call failed. Their details say
              why.
            </Alert>
          )}
        </SpaceBetween>
      </Container>
      {judged.length > 0 && (
        <Container
          header={
            <Header variant="h2" counter={`(${judged.length.toLocaleString('en')} texts)`}>
              Precision and recall
            </Header>
          }
        >
          <MeasuresOf judged={judged} />
        </Container>
      )}
      {judged.length > 0 && !run.running && <SweepView id={id} judged={judged} />}
      <ResourceTable
        title="Labelled texts"
        description="Kept in this browser, with this guardrail."
        noun="text"
        items={shown}
        idOf={({ id: rowId }) => rowId}
        selection="multi"
        selected={chosen}
        onSelect={setSelected}
        columns={[
          {
            id: 'text',
            header: 'Text',
            width: 240,
            isRowHeader: true,
            cell: (row) => {
              const text = row.text.length > SHOWN_CHARACTERS ? `${row.text.slice(0, SHOWN_CHARACTERS)}…` : row.text;
              return <Highlighted text={text} spans={spansOf(text, findingsAt(row))} />;
            },
            value: ({ text }) => text,
          },
          {
            id: 'expected',
            header: 'Expected',
            width: 120,
            cell: ({ expected, policy }) => (
              <>
                {EXPECTED_LABELS[expected]}
                {policy !== undefined && <div>{policy}</div>}
              </>
            ),
            value: ({ expected, policy }) => `${expected} ${policy ?? ''}`,
          },
          {
            id: 'source',
            header: 'Source',
            width: 115,
            cell: ({ source }) => SOURCE_LABELS[source as 'INPUT' | 'OUTPUT'],
          },
          {
            id: 'actual',
            header: 'Actual',
            width: 115,
            cell: (row) => {
              const found = resultOf(results, row);
              if (!found) return '–';
              return 'error' in found ? 'Failed' : <DecisionStatus decision={found.decision} />;
            },
            value: (row) => {
              const found = resultOf(results, row);
              return found && 'decision' in found ? found.decision : '';
            },
          },
          {
            id: 'verdict',
            header: 'Verdict',
            width: 140,
            cell: (row) => {
              const verdict = verdicts.get(row.id);
              return verdict ? <VerdictStatus verdict={verdict} /> : '–';
            },
            value: (row) => verdicts.get(row.id) ?? '',
          },
          {
            id: 'why',
            header: 'Why',
            width: 220,
            cell: (row) =>
              resultOf(results, row) ? (
                <Link onFollow={() => setDialog({ kind: 'details', row })}>{whyOf(findingsAt(row)) || 'Details'}</Link>
              ) : (
                '–'
              ),
            value: (row) => whyOf(findingsAt(row)),
          },
        ]}
        above={
          rows.length > 0 && (
            <FormField label="Show texts">
              <Choice value={filter} options={FILTERS} labels={FILTER_LABELS} onChange={setFilter} />
            </FormField>
          )
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              disabled={chosen.length === 0}
              items={[
                { id: 'edit', text: 'Edit', disabled: chosen.length !== 1 },
                ...EXPECTED.map((each) => ({ id: each, text: `Expect: ${EXPECTED_LABELS[each].toLowerCase()}` })),
                { id: 'remove', text: 'Remove' },
              ]}
              onItemClick={({ detail }) => {
                if (detail.id === 'edit') setDialog({ kind: 'edit', row: chosen[0]! });
                else if (detail.id === 'remove') remove();
                else expect(detail.id as Decision);
              }}
            >
              Actions
            </ButtonDropdown>
            <Button disabled={rows.length === 0} iconName="download" onClick={exportCsv}>
              Export CSV
            </Button>
            <Button onClick={() => setDialog({ kind: 'load' })}>Add many</Button>
            <Button onClick={() => setDialog({ kind: 'add' })}>Add text</Button>
          </SpaceBetween>
        }
        empty={
          rows.length > 0 ? (
            'No text is so.'
          ) : (
            <Empty
              title="No labelled texts"
              action={<Button onClick={() => setDialog({ kind: 'load' })}>Add many texts</Button>}
              code={[
                {
                  serviceId: 'Bedrock Runtime',
                  operation: 'ApplyGuardrail',
                  input: {
                    guardrailIdentifier: id,
                    guardrailVersion: 'DRAFT',
                    source: 'INPUT',
                    outputScope: 'FULL',
                    content: [{ text: { text: 'Write to ada@example.org.' } }],
                  },
                },
              ]}
            >
              Add texts that the guardrail should stop, and texts that come near and should pass: type them, paste them,
              or load a CSV, JSONL or JSON file.
            </Empty>
          )
        }
      />
      {dialog?.kind === 'add' && (
        <RowDialog save={(row) => setRows([...rows, row])} onClose={() => setDialog(undefined)} />
      )}
      {dialog?.kind === 'edit' && (
        <RowDialog
          row={dialog.row}
          save={(row) => setRows(rows.map((each) => (each.id === row.id ? row : each)))}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog?.kind === 'load' && (
        <LoadDialog
          count={rows.length}
          add={(added, replace) => setRows(replace ? added : [...rows, ...added])}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog?.kind === 'details' && resultOf(results, dialog.row) && (
        <RowDetails row={dialog.row} result={resultOf(results, dialog.row)!} onClose={() => setDialog(undefined)} />
      )}
    </SpaceBetween>
  );
}

const whys = new WeakMap<readonly Finding[], string>();

/** What fired, in short; put together once, for tables are filtered by it. */
function whyOf(findings: readonly Finding[]): string {
  let why = whys.get(findings);
  if (why === undefined) {
    const parts = detectedOf(findings).map((finding) =>
      finding.match === undefined ? findingLabel(finding) : `${findingLabel(finding)} "${finding.match}"`,
    );
    whys.set(findings, (why = [...new Set(parts)].join('; ')));
  }
  return why;
}
