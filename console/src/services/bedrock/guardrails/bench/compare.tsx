import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { Empty } from '../../../../ui/empty.tsx';
import { Failure } from '../../../../ui/failure.tsx';
import { ResourceTable } from '../../../../ui/resource-table.tsx';
import { DecisionStatus } from '../findings.tsx';
import { VersionField } from '../version-field.tsx';
import { EXPECTED_LABELS } from './row-dialog.tsx';
import { judgedOf, useBenchRun } from './run.ts';
import { overall, percentText, verdictOf, type Judged } from './sums.ts';
import { useTable } from './use-table.ts';

const CONCURRENCY = 4;

/** Two versions held to the same labelled texts: their measures, and the texts on which they differ. */
export function Compare({ id, versions }: { id: string; versions: string[] }) {
  const [rows] = useTable(id);
  const [chosen, setLeft] = useState<string>();
  const left = chosen ?? versions.findLast((version) => version !== 'DRAFT') ?? 'DRAFT';
  const [right, setRight] = useState('DRAFT');
  const before = useBenchRun(id, left);
  const after = useBenchRun(id, right);
  const running = before.running || after.running;
  const error = before.error ?? after.error;
  const ofBefore = judgedOf(rows, before.results);
  const ofAfter = judgedOf(rows, after.results);

  if (rows.length === 0)
    return (
      <Empty
        title="No labelled texts"
        action={<Button href={`#/bedrock/guardrails/${id}/bench`}>Open the test bench</Button>}
      >
        Versions are compared on the texts of the test bench. Add some there first.
      </Empty>
    );
  const differences = ofAfter.flatMap((each): { before: Judged; after: Judged }[] => {
    const other = ofBefore.find(({ row }) => row.id === each.row.id);
    return other && other.decision !== each.decision ? [{ before: other, after: each }] : [];
  });
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {running && (
                  <Button
                    onClick={() => {
                      before.cancel();
                      after.cancel();
                    }}
                  >
                    Cancel run
                  </Button>
                )}
                <Button
                  variant="primary"
                  loading={running}
                  disabled={left === right}
                  onClick={() =>
                    void (async () => {
                      if (await before.start(rows, CONCURRENCY)) await after.start(rows, CONCURRENCY);
                    })()
                  }
                >
                  Compare
                </Button>
              </SpaceBetween>
            }
          >
            Compare versions
          </Header>
        }
      >
        <SpaceBetween size="m">
          <ColumnLayout columns={2} minColumnWidth={160}>
            <VersionField label="Before" versions={versions} value={left} onChange={setLeft} disabled={running} />
            <VersionField label="After" versions={versions} value={right} onChange={setRight} disabled={running} />
          </ColumnLayout>
          {left === right && (
            <Alert type="info">Choose two that differ. Create a version to keep the draft as it is.</Alert>
          )}
          {running && (
            <ProgressBar
              label="Texts held to both"
              value={
                (((after.running ? rows.length : 0) + (after.running ? after.done : before.done)) / (2 * rows.length)) *
                100
              }
            />
          )}
          {error !== undefined && <Failure error={error} />}
        </SpaceBetween>
      </Container>
      {left !== right && ofBefore.length > 0 && ofAfter.length > 0 && (
        <SpaceBetween size="l">
          <MeasuresBeside before={ofBefore} after={ofAfter} />
          <ResourceTable
            title="Texts on which they differ"
            noun="text"
            items={differences}
            idOf={({ after: { row } }) => row.id}
            columns={[
              {
                id: 'text',
                header: 'Text',
                width: 360,
                isRowHeader: true,
                cell: ({ after: { row } }) => row.text,
              },
              {
                id: 'expected',
                header: 'Expected',
                cell: ({ after: { row } }) => EXPECTED_LABELS[row.expected],
              },
              {
                id: 'before',
                header: 'Before',
                cell: (each) => <DecisionStatus decision={each.before.decision} />,
                value: (each) => each.before.decision,
              },
              {
                id: 'after',
                header: 'After',
                cell: (each) => <DecisionStatus decision={each.after.decision} />,
                value: (each) => each.after.decision,
              },
              {
                id: 'change',
                header: 'Change',
                cell: (each) =>
                  verdictOf(each.after) === 'right'
                    ? 'Better'
                    : verdictOf(each.before) === 'right'
                      ? 'Worse'
                      : 'Wrong in both',
              },
            ]}
            empty="Both do the same with every text."
          />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

function MeasuresBeside({ before, after }: { before: readonly Judged[]; after: readonly Judged[] }) {
  const [left, right] = [overall(before), overall(after)];
  const line = (label: string, of: (sums: typeof left) => string) => ({ label, before: of(left), after: of(right) });
  return (
    <Table
      variant="container"
      header={<Header variant="h2">Measures</Header>}
      ariaLabels={{ tableLabel: 'Measures of both' }}
      items={[
        line('Precision', ({ precision }) => percentText(precision)),
        line('Recall', ({ recall }) => percentText(recall)),
        line('F1', ({ f1 }) => percentText(f1)),
        line('False-block rate', ({ falseBlockRate }) => percentText(falseBlockRate)),
        line('False blocks', ({ fp }) => String(fp)),
        line('Missed', ({ fn }) => String(fn)),
      ]}
      columnDefinitions={[
        { id: 'label', header: 'Measure', cell: ({ label }) => label, isRowHeader: true },
        { id: 'before', header: 'Before', cell: (each) => each.before },
        { id: 'after', header: 'After', cell: (each) => each.after },
      ]}
    />
  );
}
