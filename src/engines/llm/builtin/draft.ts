import type { Json } from '../types.ts';

/**
 * What a skill found, before it is put into the form that was asked for. `short` is the answer alone, `full` a reply in sentences, `items`
 * the parts of a list, `spare` further true sentences to draw on where a length is prescribed, best first.
 */
export type Draft = {
  short: string;
  full: string;
  items?: string[];
  spare?: string[];
  json?: Json;
  /** What was asked is not in the given text. */
  declined?: boolean;
  /** `full` already has the asked-for form; only limits apply. */
  shaped?: boolean;
};
