import Box from '@cloudscape-design/components/box';
import { CodeBlock } from '../../ui/code-block.tsx';

type Line = { sign: ' ' | '-' | '+'; text: string };

/** Two texts against each other, line by line. */
export function TextDifference({ before, after, label }: { before: string; after: string; label: string }) {
  const lines = differenceOf(before.split('\n'), after.split('\n'));
  if (lines.every(({ sign }) => sign === ' ')) return <Box>{label}: the documents are the same.</Box>;
  return (
    <div>
      <Box variant="h4">{label}</Box>
      <CodeBlock text={lines.map(({ sign, text }) => `${sign} ${text}`).join('\n')} label={label} />
    </div>
  );
}

/** By the longest common subsequence. Policies have some hundred lines at most. */
function differenceOf(before: string[], after: string[]): Line[] {
  const common = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i]![j] =
        before[i] === after[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length)
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ sign: ' ', text: before[i]! });
      i++;
      j++;
    } else if (j >= after.length || (i < before.length && common[i + 1]![j]! >= common[i]![j + 1]!))
      lines.push({ sign: '-', text: before[i++]! });
    else lines.push({ sign: '+', text: after[j++]! });
  return lines;
}
