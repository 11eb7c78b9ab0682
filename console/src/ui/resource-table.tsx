import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useEffect, useRef, type ReactNode } from 'react';
import { Failure } from './failure.tsx';
import './resource-table.css';

const ROWS_OF_PAGE = 50;
/** Made once: comparing by a locale anew each time takes half a second for 10,000 rows. */
const TEXTS = new Intl.Collator('en', { numeric: true });

export type ResourceColumn<T> = {
  id: string;
  header: string;
  /** What is shown. */
  cell: (item: T) => ReactNode;
  /** What is sorted and filtered by, where the cell is no text: ISO 8601 for times. Absent: by the cell, where it is a text or number. */
  value?: (item: T) => string | number | undefined;
  width?: number;
  /** The name of a row for those who hear the page. */
  isRowHeader?: boolean;
};

/**
 * A list of resources as AWS shows them: filtered, sorted, paged in the browser (one page is drawn, however many rows there are), with what
 * to do, what failed, and what to do where there is nothing.
 */
export function ResourceTable<T>(props: {
  title: string;
  description?: ReactNode;
  /** Of one row: `bucket`. */
  noun: string;
  /** Where another than with an s. */
  nouns?: string;
  items: readonly T[] | undefined;
  error?: unknown;
  columns: ResourceColumn<T>[];
  idOf: (item: T) => string;
  /** What is shown where there is none at all: what to do next. */
  empty: ReactNode;
  actions?: ReactNode;
  refresh?: () => void;
  refreshing?: boolean;
  selected?: T[];
  onSelect?: (items: T[]) => void;
  selection?: 'single' | 'multi';
  /** Column that it is sorted by at first; descending with a minus sign before it. */
  sortedBy?: string;
  variant?: TableProps.Variant;
  /** In the header, below title and actions. */
  above?: ReactNode;
  headerVariant?: 'h1' | 'h2' | 'h3';
}) {
  const { items, columns, idOf, noun, error } = props;
  const nouns = props.nouns ?? `${noun}s`;
  const valueOf = ({ value, cell }: ResourceColumn<T>, item: T): string | number => {
    const found = value ? value(item) : cell(item);
    return typeof found === 'string' || typeof found === 'number' ? found : '';
  };
  const clear = useRef(() => {});
  const sorted = props.sortedBy?.replace(/^-/, '');
  const {
    items: shown,
    filteredItemsCount,
    collectionProps,
    filterProps,
    paginationProps,
    actions,
  } = useCollection(items ?? [], {
    filtering: {
      filteringFunction: (item, text) => {
        const wanted = text.toLowerCase();
        return columns.some((column) => String(valueOf(column, item)).toLowerCase().includes(wanted));
      },
      noMatch: (
        <Box textAlign="center">
          <SpaceBetween size="s">
            <span>No {noun} has this text.</span>
            <Button onClick={() => clear.current()}>Clear filter</Button>
          </SpaceBetween>
        </Box>
      ),
    },
    pagination: { pageSize: ROWS_OF_PAGE },
    sorting: sorted
      ? {
          defaultState: {
            sortingColumn: {
              sortingField: sorted,
              sortingComparator: comparatorOf(
                columns.find(({ id }) => id === sorted)!,
                valueOf,
              ),
            },
            isDescending: props.sortedBy!.startsWith('-'),
          },
        }
      : {},
  });
  useEffect(() => {
    clear.current = () => actions.setFiltering('');
  });
  const count = items === undefined ? undefined : `(${items.length.toLocaleString('en')})`;
  return (
    <Table<T>
      {...collectionProps}
      variant={props.variant ?? 'container'}
      items={shown}
      trackBy={idOf}
      loading={items === undefined && !error}
      loadingText={`Loading ${nouns}`}
      columnDefinitions={columns.map((column) => ({
        id: column.id,
        header: column.header,
        cell: column.cell,
        sortingField: column.id,
        sortingComparator: comparatorOf(column, valueOf),
        ...(column.width === undefined ? {} : { width: column.width }),
        ...(column.isRowHeader ? { isRowHeader: true } : {}),
      }))}
      enableKeyboardNavigation
      resizableColumns
      wrapLines
      {...(props.selection
        ? {
            selectionType: props.selection,
            selectedItems: props.selected ?? [],
            onSelectionChange: ({ detail }) => props.onSelect?.(detail.selectedItems),
          }
        : {})}
      ariaLabels={{
        tableLabel: props.title,
        selectionGroupLabel: `Choose ${nouns}`,
        allItemsSelectionLabel: () => `Choose all ${nouns}`,
        itemSelectionLabel: (_selection, item) => `Choose ${idOf(item)}`,
      }}
      empty={
        error ? (
          <Failure error={error} {...(props.refresh ? { retry: props.refresh } : {})} />
        ) : items && items.length > 0 ? (
          collectionProps.empty
        ) : (
          props.empty
        )
      }
      header={
        <SpaceBetween size="s">
          <Header
            variant={props.headerVariant ?? (props.variant === 'full-page' ? 'h1' : 'h2')}
            {...(count === undefined ? {} : { counter: count })}
            {...(props.description === undefined ? {} : { description: props.description })}
            actions={
              <div className="table-actions">
                {props.refresh && (
                  <Button
                    iconName="refresh"
                    ariaLabel={`Refresh ${nouns}`}
                    loading={props.refreshing ?? false}
                    onClick={props.refresh}
                  />
                )}
                {props.actions}
              </div>
            }
          >
            {props.title}
          </Header>
          {props.above}
        </SpaceBetween>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder={`Find ${nouns}`}
          filteringAriaLabel={`Find ${nouns}`}
          countText={`${filteredItemsCount ?? 0} ${filteredItemsCount === 1 ? 'match' : 'matches'}`}
        />
      }
      pagination={
        <Pagination
          {...paginationProps}
          ariaLabels={{
            nextPageLabel: 'Next page',
            previousPageLabel: 'Previous page',
            pageLabel: (page) => `Page ${page}`,
          }}
        />
      }
    />
  );
}

const comparatorOf =
  <T,>(column: ResourceColumn<T>, valueOf: (column: ResourceColumn<T>, item: T) => string | number) =>
  (a: T, b: T): number => {
    const [left, right] = [valueOf(column, a), valueOf(column, b)];
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return TEXTS.compare(String(left), String(right));
  };
