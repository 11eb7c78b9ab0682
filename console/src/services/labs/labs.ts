import { parseLab, type Lab } from './frame/parse.ts';
import type { LabModule } from './frame/types.ts';
import encryptionAudit from './encryption-audit/lab.md?raw';
import guardrails from './guardrails/lab.md?raw';
import leastPrivilege from './least-privilege/lab.md?raw';
import prompts from './prompts/lab.md?raw';
import tokens from './tokens/lab.md?raw';

/** A lab with what checks it; the latter is loaded when the lab is opened. */
export type ListedLab = { lab: Lab; load: () => Promise<LabModule> };

/** All labs, in the order in which they are best done. A new one is a line here. */
export const labs: ListedLab[] = [
  { lab: parseLab('tokens', tokens), load: () => import('./tokens/checks.ts') },
  { lab: parseLab('prompts', prompts), load: () => import('./prompts/checks.ts') },
  { lab: parseLab('guardrails', guardrails), load: () => import('./guardrails/checks.ts') },
  { lab: parseLab('least-privilege', leastPrivilege), load: () => import('./least-privilege/checks.ts') },
  { lab: parseLab('encryption-audit', encryptionAudit), load: () => import('./encryption-audit/checks.ts') },
];

/** The domains of the AIF-C01 exam: what share of the scored content is of each. */
export const DOMAINS: { id: number; title: string; weight: number }[] = [
  { id: 1, title: 'Fundamentals of AI and ML', weight: 20 },
  { id: 2, title: 'Fundamentals of Generative AI', weight: 24 },
  { id: 3, title: 'Applications of Foundation Models', weight: 28 },
  { id: 4, title: 'Guidelines for Responsible AI', weight: 14 },
  { id: 5, title: 'Security, Compliance, and Governance for AI Solutions', weight: 14 },
];
