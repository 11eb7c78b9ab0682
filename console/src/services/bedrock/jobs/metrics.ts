/** A row of a metrics file of a customization job. */
export type Step = { step: number; epoch: number; loss: number; perplexity: number };

/** Reads `step_number,epoch_number,<loss>,perplexity` with a row for each step. Throws where it is something else. */
export function readMetrics(csv: string): Step[] {
  const [head = '', ...rows] = csv.trim().split('\n');
  if (!/^step_number,epoch_number,\w+,perplexity$/.test(head.trim()))
    throw new Error(`The file has the columns ${head}, not those of metrics.`);
  return rows.map((row) => {
    const [step = Number.NaN, epoch = Number.NaN, loss = Number.NaN, perplexity = Number.NaN] = row
      .split(',')
      .map(Number);
    return { step, epoch, loss, perplexity };
  });
}

/** So many points at most are drawn: each the mean of those that are next to each other. */
export function thinned(steps: readonly Step[], most: number): { x: number; y: number }[] {
  const size = Math.ceil(steps.length / most);
  const points: { x: number; y: number }[] = [];
  for (let at = 0; at < steps.length; at += size) {
    const part = steps.slice(at, at + size);
    points.push({
      x: part[Math.floor(part.length / 2)]!.step,
      y: part.reduce((sum, { loss }) => sum + loss, 0) / part.length,
    });
  }
  return points;
}
