/**
 * When models became legacy and when they end, as days (UTC); models without a known date are left out. Source: Bedrock User Guide, "Model
 * lifecycle", as remembered: that page's older tables are no longer public.
 */
const DATES: Readonly<Record<string, { legacy: string; end: string }>> = {
  'amazon.titan-text-lite-v1': { legacy: '2025-02-14', end: '2025-08-15' },
  'amazon.titan-text-express-v1': { legacy: '2025-02-14', end: '2025-08-15' },
  'amazon.titan-text-premier-v1:0': { legacy: '2025-02-14', end: '2025-08-15' },
  'anthropic.claude-v2': { legacy: '2025-01-21', end: '2025-07-21' },
  'anthropic.claude-v2:1': { legacy: '2025-01-21', end: '2025-07-21' },
  'anthropic.claude-instant-v1': { legacy: '2025-01-21', end: '2025-07-21' },
  'anthropic.claude-3-sonnet-20240229-v1:0': { legacy: '2025-01-21', end: '2025-07-21' },
  'anthropic.claude-3-7-sonnet-20250219-v1:0': { legacy: '2025-10-28', end: '2026-04-28' },
};

const dateOf = (day: string) => new Date(`${day}T00:00:00Z`);

/** The dates of a model, where they are known. */
export function lifecycleDates(modelId: string): { legacyTime?: Date; endOfLifeTime?: Date } {
  const dates = DATES[modelId];
  return dates ? { legacyTime: dateOf(dates.legacy), endOfLifeTime: dateOf(dates.end) } : {};
}
