import { collection } from '../store/store.ts';

/** Two models of one family and how much worse than the better one an answer may be: each prompt goes to the cheaper that is good enough. */
export type PromptRouter = {
  account: string;
  region: string;
  /** 12 lower-case letters and digits. */
  id: string;
  name: string;
  description?: string;
  /** ARNs of foundation models or inference profiles. */
  modelArns: string[];
  fallbackModelArn: string;
  /** Percent, 0 to 100. */
  responseQualityDifference: number;
  tags: Record<string, string>;
  createdAtMs: number;
  updatedAtMs: number;
};

/** Keyed by account, region and id. */
export const promptRouters = collection<PromptRouter>('kernel/inference/prompt-router');
