/** Usage of one day, account, region, service, type, model and principal, as `/_outcrop/cost` lists it. */
export type CostLine = {
  day: string;
  account: string;
  region: string;
  service: string;
  principal: string;
  type: string;
  quantity: number;
  unit: string;
  resource?: string;
  /** By list prices; absent where none is known. */
  usd?: number;
  tags?: Record<string, string>;
};
export type Cost = { usd: number; lines: CostLine[] };

/** What lines are summed by: a member, or `tag:<key>`. */
export type Dimension = 'service' | 'model' | 'principal' | 'type' | 'account' | 'region' | 'day' | `tag:${string}`;

/** What a line is counted under; `–` where it has nothing of the kind. */
export function valueOf(line: CostLine, by: Dimension): string {
  if (by === 'model') return line.resource ?? '–';
  if (by.startsWith('tag:')) return line.tags?.[by.slice('tag:'.length)] ?? '–';
  return String((line as Record<string, unknown>)[by] ?? '–');
}

export type Sum = { key: string; usd: number; lines: number; unpriced: number; quantities: Map<string, number> };

/** Sums by a dimension, the dearest first. */
export function sumsBy(lines: readonly CostLine[], by: Dimension): Sum[] {
  const sums = new Map<string, Sum>();
  for (const line of lines) {
    const key = valueOf(line, by);
    let sum = sums.get(key);
    if (!sum) sums.set(key, (sum = { key, usd: 0, lines: 0, unpriced: 0, quantities: new Map() }));
    sum.lines += 1;
    if (line.usd === undefined) sum.unpriced += 1;
    else sum.usd += line.usd;
    sum.quantities.set(line.unit, (sum.quantities.get(line.unit) ?? 0) + line.quantity);
  }
  return [...sums.values()].sort((a, b) => b.usd - a.usd || a.key.localeCompare(b.key));
}

/** Keys of tags that any line has. */
export const tagKeysOf = (lines: readonly CostLine[]): string[] =>
  [...new Set(lines.flatMap(({ tags }) => Object.keys(tags ?? {})))].sort();

/** `1,234 tokens, 5 requests` */
export const quantitiesText = (quantities: ReadonlyMap<string, number>): string =>
  [...quantities]
    .map(([unit, quantity]) => `${quantity.toLocaleString('en', { maximumFractionDigits: 6 })} ${unit}`)
    .join(', ');
