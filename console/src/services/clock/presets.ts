/** How far one may want to go. */
export const PRESETS = [
  { name: '1 minute', ms: 60_000 },
  { name: '1 hour', ms: 3_600_000 },
  { name: '1 day', ms: 86_400_000 },
  { name: '7 days', ms: 7 * 86_400_000 },
  { name: '30 days', ms: 30 * 86_400_000 },
];
