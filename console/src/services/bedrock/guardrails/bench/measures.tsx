import ExpandableSection from '@cloudscape-design/components/expandable-section';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { byFilter, overall, percentText, verdictOf, type FilterSums, type Judged } from './sums.ts';

/** How often a guardrail is right, as a whole and filter by filter. */
export function MeasuresOf({ judged }: { judged: readonly Judged[] }) {
  const sums = overall(judged);
  const right = judged.filter((each) => verdictOf(each) === 'right').length;
  const otherKind = judged.filter((each) => verdictOf(each) === 'other-kind').length;
  return (
    <SpaceBetween size="l">
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Precision', value: percentText(sums.precision) },
          { label: 'Recall', value: percentText(sums.recall) },
          { label: 'F1', value: percentText(sums.f1) },
          { label: 'False-block rate', value: percentText(sums.falseBlockRate) },
          { label: 'Rightly stopped', value: `${sums.tp}${otherKind > 0 ? `, ${otherKind} by another action` : ''}` },
          { label: 'Rightly passed', value: String(sums.tn) },
          { label: 'False blocks', value: String(sums.fp) },
          { label: 'Missed', value: String(sums.fn) },
          { label: 'Right rows', value: `${right} of ${judged.length}` },
        ]}
      />
      <ExpandableSection
        headerText="By filter"
        defaultExpanded
        headerDescription="A filter is right where it fires on a text that is to be stopped and whose policy, if it is labelled, names the filter."
      >
        <Table<FilterSums>
          variant="embedded"
          items={byFilter(judged)}
          wrapLines
          ariaLabels={{ tableLabel: 'Measures by filter' }}
          empty="No filter has looked at a text."
          columnDefinitions={[
            { id: 'filter', header: 'Filter', cell: ({ label }) => label, isRowHeader: true, minWidth: 160 },
            { id: 'fired', header: 'Fired', cell: ({ fired }) => fired },
            { id: 'tp', header: 'Rightly', cell: ({ tp }) => tp },
            { id: 'fp', header: 'Falsely', cell: ({ fp }) => fp },
            { id: 'fn', header: 'Missed', cell: ({ fn }) => fn },
            { id: 'precision', header: 'Precision', cell: ({ precision }) => percentText(precision) },
            { id: 'recall', header: 'Recall', cell: ({ recall }) => percentText(recall) },
          ]}
        />
      </ExpandableSection>
    </SpaceBetween>
  );
}
