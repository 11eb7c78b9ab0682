import { judge } from './judge.ts';

/** The worker's one function. */
export default function run({ kind, text }: { kind: 'harm' | 'attack'; text: string }) {
  return judge(kind, text);
}
