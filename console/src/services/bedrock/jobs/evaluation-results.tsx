import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { DatasetCharts, HumanCharts } from './evaluation-charts.tsx';
import { EvaluationItems } from './evaluation-items.tsx';
import type { Report } from './evaluation-report.ts';
import { listKeys, readText, useFiles, type Place } from './objects.ts';

/** What an evaluation has written: its report as charts, and each prompt. */
export function EvaluationResults({ folder }: { folder: Place }) {
  const found = useFiles(['evaluation', folder], async (session, signal) => {
    const keys = await listKeys(session, folder, signal);
    const reportKey = keys.findLast((key) => key.endsWith('/report.json'));
    if (reportKey === undefined) return undefined;
    const root = reportKey.slice(0, -'report.json'.length);
    return {
      report: JSON.parse(await readText(session, { ...folder, key: reportKey }, signal)) as Report,
      files: keys.filter((key) => key.startsWith(root) && key.endsWith('_output.jsonl')),
    };
  });
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (found.isPending) return <Loading text="Reading the results" />;
  if (!found.data)
    return (
      <Container header={<Header variant="h2">Results</Header>}>
        <Box color="text-body-secondary">
          There is no report beneath s3://{folder.bucket}/{folder.key}
        </Box>
      </Container>
    );
  const { report, files } = found.data;
  return (
    <SpaceBetween size="l">
      {report.datasets?.map((dataset) => (
        <DatasetCharts key={`${dataset.dataset} ${dataset.taskType} ${dataset.source}`} report={dataset} />
      ))}
      {report.metrics && <HumanCharts report={report} metrics={report.metrics} />}
      {files.map((key) => (
        <EvaluationItems key={key} place={{ bucket: folder.bucket, key }} />
      ))}
    </SpaceBetween>
  );
}
