/** Statements of CloudTrail Lake: SQL whose tables are event data stores, by their ids. */
const PIECES =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const ID = /^"?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"?$/i;

/** The event data stores that a statement reads, in the order they are named. */
export function storesIn(statement: string): string[] {
  const found = (statement.match(PIECES) ?? []).map((piece) => ID.exec(piece)?.[1]?.toLowerCase());
  return [...new Set(found.filter((id) => id !== undefined))];
}

/** The statement with event data stores as names of tables: they need quotes. */
export function quoteStores(statement: string): string {
  return statement.replaceAll(PIECES, (piece) => {
    const id = ID.exec(piece)?.[1];
    return id === undefined ? piece : `"${id.toLowerCase()}"`;
  });
}
