import { useCallback, useState } from 'react';
import { useSignedIn } from '../../../../aws/session.ts';
import { tellFailure } from '../../../../shell/notices.tsx';
import { keepTable, loadTable, ROWS_MAX, tableKey, type BenchRow } from './rows.ts';

/** The labelled texts of a guardrail, as this browser keeps them. */
export function useTable(id: string): [BenchRow[], (rows: BenchRow[]) => void] {
  const { account, region } = useSignedIn();
  const key = tableKey(account, region, id);
  const [rows, setRows] = useState(() => loadTable(key));
  const set = useCallback(
    (given: BenchRow[]) => {
      const next = given.slice(0, ROWS_MAX);
      setRows(next);
      try {
        keepTable(key, next);
      } catch {
        tellFailure(
          new Error(
            'The browser has no room to keep so many texts. They are there until the page is left: export them.',
          ),
        );
      }
    },
    [key],
  );
  return [rows, set];
}
