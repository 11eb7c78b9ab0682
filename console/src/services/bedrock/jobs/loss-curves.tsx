import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import LineChart from '@cloudscape-design/components/line-chart';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { scoreText } from './evaluation-report.ts';
import { readMetrics, thinned, type Step } from './metrics.ts';
import { inFolder, listKeys, readText, useFiles, type Place } from './objects.ts';

const POINTS_MAX = 300;
const TRAINING = 'training_artifacts/step_wise_training_metrics.csv';
const VALIDATION = 'validation_artifacts/post_fine_tuning_validation/validation_metrics.csv';

/** How the loss fell, as the job wrote it to S3. */
export function LossCurves({ folder }: { folder: Place }) {
  const found = useFiles(['losses', folder], async (session, signal) => {
    const keys = new Set(await listKeys(session, folder, signal));
    const read = async (path: string): Promise<Step[] | undefined> => {
      const key = inFolder(folder.key, path);
      return keys.has(key) ? readMetrics(await readText(session, { ...folder, key }, signal)) : undefined;
    };
    return { training: await read(TRAINING), validation: await read(VALIDATION) };
  });
  return (
    <Container
      header={
        <Header variant="h2" description={`s3://${folder.bucket}/${inFolder(folder.key, TRAINING)}`}>
          Loss
        </Header>
      }
    >
      {found.error ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : found.isPending ? (
        <Loading text="Reading the metrics" />
      ) : found.data.training ? (
        <Curves
          training={found.data.training}
          {...(found.data.validation ? { validation: found.data.validation } : {})}
        />
      ) : (
        <Box color="text-body-secondary">The job wrote no metrics.</Box>
      )}
    </Container>
  );
}

function Curves({ training, validation }: { training: Step[]; validation?: Step[] }) {
  const points = thinned(training, POINTS_MAX);
  const validated = (validation ?? []).map(({ step, loss }) => ({ x: step, y: loss }));
  const all = [...points, ...validated];
  const lowest = validation?.reduce((best, each) => (each.loss < best.loss ? each : best));
  return (
    <SpaceBetween size="m">
      <LineChart
        ariaLabel="Loss by step"
        height={280}
        hideFilter
        xScaleType="linear"
        xTitle="Step"
        yTitle="Loss"
        xDomain={[Math.min(...all.map(({ x }) => x)), Math.max(1, ...all.map(({ x }) => x))]}
        yDomain={[0, Math.max(...all.map(({ y }) => y)) * 1.05]}
        series={[
          { type: 'line', title: 'Training loss', data: points, valueFormatter: (value) => scoreText(value) },
          ...(validation
            ? [
                {
                  type: 'line' as const,
                  title: 'Validation loss',
                  data: validated,
                  valueFormatter: (value: number) => scoreText(value),
                },
              ]
            : []),
        ]}
        i18nStrings={{ yTickFormatter: (value) => scoreText(value) }}
        empty={<Box>There are no steps.</Box>}
      />
      {training.length > POINTS_MAX && (
        <Box variant="small">
          {training.length.toLocaleString('en')} steps, drawn as means of {Math.ceil(training.length / POINTS_MAX)} at a
          time.
        </Box>
      )}
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Steps', value: training.length.toLocaleString('en') },
          { label: 'First training loss', value: scoreText(training[0]?.loss) },
          { label: 'Last training loss', value: scoreText(training.at(-1)?.loss) },
          ...(lowest
            ? [{ label: 'Lowest validation loss', value: `${scoreText(lowest.loss)} after epoch ${lowest.epoch}` }]
            : []),
        ]}
      />
    </SpaceBetween>
  );
}
