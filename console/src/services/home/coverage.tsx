import ExpandableSection from '@cloudscape-design/components/expandable-section';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import { useStack } from '../../aws/stack.ts';
import { ResourceTable } from '../../ui/resource-table.tsx';

type Service = { sdk: string; name: string; built: string[]; unbuilt: string[] };

/** How much of each service is built, from the operation tables themselves. */
export function Coverage() {
  const { data, error } = useStack<{ services: Service[] }>('coverage');
  return (
    <ResourceTable
      title="What is built"
      description="Counted from the operation tables. An operation that is not built answers 501 and names itself; what a built one does not honour stands under Gaps on its page of the documentation."
      noun="service"
      items={data?.services}
      error={error}
      idOf={({ sdk }) => sdk}
      columns={[
        { id: 'name', header: 'Service', cell: ({ name }) => name, isRowHeader: true },
        {
          id: 'built',
          header: 'Operations',
          cell: ({ name, built, unbuilt }) => (
            <ProgressBar
              ariaLabel={`Operations of ${name} that are built`}
              value={(built.length / Math.max(1, built.length + unbuilt.length)) * 100}
              additionalInfo={`${built.length} of ${built.length + unbuilt.length}`}
            />
          ),
          value: ({ built, unbuilt }) => built.length / Math.max(1, built.length + unbuilt.length),
        },
        {
          id: 'unbuilt',
          header: 'Not built',
          cell: ({ unbuilt }) =>
            unbuilt.length === 0 ? (
              'nothing'
            ) : (
              <ExpandableSection headerText={`${unbuilt.length} operations`}>{unbuilt.join(', ')}</ExpandableSection>
            ),
          value: ({ unbuilt }) => unbuilt.join(' '),
        },
      ]}
      empty="No service is served."
    />
  );
}
