import { assessAttack, type AttackFinding } from './attack/attack.ts';
import { assessHarm, type HarmFinding } from './harm/harm.ts';

/** One judgement of a whole text, on the thread it is called on. */
export function judge(kind: 'harm' | 'attack', text: string): HarmFinding[] | AttackFinding[] {
  return kind === 'harm' ? assessHarm(text) : assessAttack(text);
}
