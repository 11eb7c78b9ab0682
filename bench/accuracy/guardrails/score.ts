/** Counts of one measure; the ratios are NaN where nothing was counted. */
export class Tally {
  hits = 0;
  misses = 0;
  falseAlarms = 0;
  rightlyLeft = 0;

  positive(found: boolean): void {
    if (found) this.hits++;
    else this.misses++;
  }

  negative(found: boolean): void {
    if (found) this.falseAlarms++;
    else this.rightlyLeft++;
  }

  get precision(): number {
    return this.hits / (this.hits + this.falseAlarms);
  }

  get recall(): number {
    return this.hits / (this.hits + this.misses);
  }

  /** Share of harmless texts that are blocked. */
  get falseBlocks(): number {
    return this.falseAlarms / (this.falseAlarms + this.rightlyLeft);
  }
}

/** Chance that one of `higher` is above one of `lower`; a tie counts half. */
export function auc(higher: number[], lower: number[]): number {
  let sum = 0;
  for (const a of higher) for (const b of lower) sum += a > b ? 1 : a === b ? 0.5 : 0;
  return sum / (higher.length * lower.length);
}

export const share = <T>(list: T[], holds: (each: T) => boolean): number => list.filter(holds).length / list.length;

export const quantile = (values: number[], at: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(at * values.length))] ?? Number.NaN;

/** A figure as the tables have it; `-` where nothing was counted. */
export const figure = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(3));

export function table(title: string, heads: string[], rows: (string | number)[][]): void {
  console.log(`\n### ${title}\n`);
  console.log(`| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|`);
  for (const row of rows)
    console.log(`| ${row.map((cell) => (typeof cell === 'number' ? figure(cell) : cell)).join(' | ')} |`);
}
