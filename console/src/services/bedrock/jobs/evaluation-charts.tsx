import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { scoreText, type DatasetReport, type Report } from './evaluation-report.ts';
import './jobs.css';
import { idOf } from './status.tsx';

/** What names of measures mean. */
const OVERLAP: Record<string, string> = {
  rouge1: 'ROUGE-1',
  rouge2: 'ROUGE-2',
  rougeL: 'ROUGE-L',
  bleu: 'BLEU (of 100)',
  meteor: 'METEOR',
  exactMatch: 'Exact match',
  quasiExactMatch: 'Quasi-exact match',
};

type Bar = { x: string; y: number };

/** Bars with their numbers, which are read without the chart as well. */
function Bars({ title, bars, most }: { title: string; bars: Bar[]; most?: number }) {
  const top = most ?? Math.max(...bars.map(({ y }) => y), 0);
  return (
    <div>
      <Box variant="h3">{title}</Box>
      <BarChart
        ariaLabel={title}
        height={180}
        horizontalBars
        hideFilter
        hideLegend
        series={[{ type: 'bar', title, data: bars, valueFormatter: (value) => scoreText(value) }]}
        xDomain={bars.map(({ x }) => x)}
        yDomain={[0, top <= 0 ? 1 : top]}
        xTitle=""
        yTitle=""
        i18nStrings={{ xTickFormatter: (x) => x, yTickFormatter: (y) => scoreText(y) }}
        empty={<Box>There is nothing to draw.</Box>}
      />
      <Box color="text-body-secondary">{bars.map(({ x, y }) => `${x}: ${scoreText(y)}`).join(' · ')}</Box>
    </div>
  );
}

/** The averages of one dataset and one source, by category too. */
export function DatasetCharts({ report }: { report: DatasetReport }) {
  const { metrics, overlap, classification } = report;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`${report.taskType}, ${idOf(report.source)}: ${report.answered} of ${report.prompts} prompts answered`}
        >
          {`Results on ${report.dataset}`}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <div className="charts">
          {metrics.map(({ metricName, average, byCategory }) =>
            average === null ? (
              <div key={metricName}>
                <Box variant="h3">{metricName.replace('Builtin.', '')}</Box>
                <Box color="text-status-inactive">No prompt has a number for it.</Box>
              </div>
            ) : (
              <Bars
                key={metricName}
                title={metricName.replace('Builtin.', '')}
                {...(average <= 1 ? { most: 1 } : {})}
                bars={[{ x: 'Average', y: average }, ...Object.entries(byCategory ?? {}).map(([x, y]) => ({ x, y }))]}
              />
            ),
          )}
        </div>
        {overlap && (
          <div>
            <Box variant="h3">Overlap with the reference answers</Box>
            <KeyValuePairs
              columns={4}
              items={Object.entries(overlap).map(([name, value]) => ({
                label: OVERLAP[name] ?? name,
                value: scoreText(value),
              }))}
            />
          </div>
        )}
        {classification && (
          <div>
            <Box variant="h3">Labels</Box>
            <KeyValuePairs
              columns={4}
              items={[
                { label: 'Accuracy', value: scoreText(classification.accuracy) },
                { label: 'Balanced accuracy', value: scoreText(classification.balancedAccuracy) },
                { label: 'Precision', value: scoreText(classification.precision) },
                { label: 'Recall', value: scoreText(classification.recall) },
                ...Object.entries(classification.byLabel).map(([label, { f1, count }]) => ({
                  label: `F1 of ${label} (${count})`,
                  value: scoreText(f1),
                })),
              ]}
            />
          </div>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** What people found: averages of each model, or who won how often. */
export function HumanCharts({ report, metrics }: { report: Report; metrics: NonNullable<Report['metrics']> }) {
  return (
    <Container
      header={
        <Header variant="h2" description={`${report.prompts} prompts, ${report.workers} workers`}>
          Results of people
        </Header>
      }
    >
      <div className="charts">
        {metrics.map(({ metricName, metricType, models, ties, answers }) => (
          <div key={metricName}>
            <Bars
              title={`${metricName} (${metricType})`}
              {...(metricType === 'IndividualLikertScale'
                ? { most: 5 }
                : metricType === 'ThumbsUpDown'
                  ? { most: 1 }
                  : {})}
              bars={[
                ...models.map(({ modelIdentifier, average, wins }) => ({
                  x: idOf(modelIdentifier),
                  y: average ?? wins ?? 0,
                })),
                ...(ties === undefined ? [] : [{ x: 'Ties', y: ties }]),
              ]}
            />
            <Box variant="small">{answers} answers</Box>
            {models.map(({ modelIdentifier, winShare, confidenceInterval }) =>
              winShare === undefined || !confidenceInterval ? null : (
                <div key={modelIdentifier}>
                  {idOf(modelIdentifier)} wins {percent(winShare)} of what was decided (95 %:{' '}
                  {confidenceInterval.map(percent).join(' to ')})
                </div>
              ),
            )}
          </div>
        ))}
      </div>
    </Container>
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
