import { readAttack } from './attack/attack.ts';
import type { Evidence } from './harm/classifier.ts';
import { readHarm } from './harm/harm.ts';

/** What the words of a whole text say, on the thread it is called on. */
export function judge(kind: 'harm' | 'attack', text: string): Evidence {
  return kind === 'harm' ? readHarm(text) : readAttack(text);
}
