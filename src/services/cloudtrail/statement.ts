/** Statements of CloudTrail Lake: SQL whose tables are event data stores, by their ids. */
const PIECES =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const ID = /^"?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"?$/i;

/** The event data stores that a statement reads, in the order they are named. */
export function storesIn(statement: string): string[] {
  const found = (statement.match(PIECES) ?? []).map((piece) => ID.exec(piece)?.[1]?.toLowerCase());
  return [...new Set(found.filter((id) => id !== undefined))];
}

const WORDS = new RegExp(
  `${PIECES.source}|\\b(?:current_timestamp|current_date|localtimestamp|now\\s*\\(\\s*\\)|transform(?=\\s*\\())`,
  'gi',
);

/**
 * The statement as the database takes it: event data stores as names of tables, which need quotes, and the time that it is on the stack's
 * clock. `transform` is a function that takes a function, so no macro can stand for it.
 */
export function translate(statement: string, nowMs: number): string {
  const now = new Date(nowMs).toISOString().slice(0, 23).replace('T', ' ');
  return statement.replaceAll(WORDS, (piece) => {
    const id = ID.exec(piece)?.[1];
    if (id !== undefined) return `"${id.toLowerCase()}"`;
    const word = piece.toLowerCase().replaceAll(/\s/g, '');
    if (word === 'current_timestamp' || word === 'localtimestamp' || word === 'now()') return `TIMESTAMP '${now}'`;
    if (word === 'current_date') return `DATE '${now.slice(0, 10)}'`;
    return word === 'transform' ? 'list_transform' : piece;
  });
}
