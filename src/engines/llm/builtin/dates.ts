import { MONTHS, WEEKDAYS } from './lexicons/numbers.ts';

/** A calendar day, proleptic Gregorian, UTC midnight in milliseconds. */
const DAY_MS = 86_400_000;

/**
 * The ISO form (YYYY-MM-DD) of a date in words or figures. Days before months where both readings of 3/4/2024 are possible only when
 * `dayFirst`. Relative dates ("tomorrow", "next Friday") need `today`; without it, and for dates without a day or year, undefined.
 */
export function isoDate(text: string, today?: string, dayFirst = false): string | undefined {
  const lower = text.toLowerCase().trim();
  const iso = /\b(\d{4})-(\d{2})-(\d{2})/.exec(lower);
  if (iso) return valid(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const figures = /\b(\d{1,2})([/.])(\d{1,2})\2(\d{4}|\d{2})\b/.exec(lower);
  if (figures) {
    const one = Number(figures[1]);
    const two = Number(figures[3]);
    const written = Number(figures[4]);
    const year = written < 100 ? written + (written < 70 ? 2000 : 1900) : written;
    const european = dayFirst || figures[2] === '.' || one > 12;
    return european && two <= 12 ? valid(year, two, one) : valid(year, one, two);
  }
  const yearFirst = /\b(\d{4})\/(\d{1,2})\/(\d{1,2})\b/.exec(lower);
  if (yearFirst) return valid(Number(yearFirst[1]), Number(yearFirst[2]), Number(yearFirst[3]));
  const month =
    MONTHS.findIndex((name) => new RegExp(`\\b${name.slice(0, 3)}(?:${name.slice(3)}|t)?\\b`).test(lower)) + 1;
  if (month > 0) {
    const year = /\b(1\d{3}|20\d{2})\b/.exec(lower)?.[1];
    const day = /\b(\d{1,2})(?:st|nd|rd|th)?\b(?!\d)/.exec(lower.replace(/\b\d{4}\b/g, ''))?.[1];
    const thisYear = today?.slice(0, 4);
    const which = year ?? thisYear;
    if (day === undefined || which === undefined) return undefined;
    return valid(Number(which), month, Number(day));
  }
  return today === undefined ? undefined : relative(lower, today);
}

function relative(lower: string, today: string): string | undefined {
  const base = Date.parse(`${today}T00:00:00Z`);
  const after = (days: number): string => new Date(base + days * DAY_MS).toISOString().slice(0, 10);
  if (/\bday after tomorrow\b/.test(lower)) return after(2);
  if (/\b(?:today|tonight)\b/.test(lower)) return after(0);
  if (/\btomorrow\b/.test(lower)) return after(1);
  if (/\byesterday\b/.test(lower)) return after(-1);
  const inDays = /\bin (\d+) (day|week)s?\b/.exec(lower);
  if (inDays) return after(Number(inDays[1]) * (inDays[2] === 'week' ? 7 : 1));
  const weekday = WEEKDAYS.findIndex((name) => lower.includes(name));
  if (weekday >= 0) {
    const current = (new Date(base).getUTCDay() + 6) % 7;
    const ahead = (weekday - current + 7) % 7 || 7;
    return /\blast\b/.test(lower) ? after(ahead - 7) : after(ahead);
  }
  if (/\bnext week\b/.test(lower)) return after(7);
  return undefined;
}

function valid(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.toISOString().slice(0, 10);
}

/** A time of day as 24-hour HH:MM; undefined when `text` holds none. */
export function isoTime(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (/\b(?:noon|midday)\b/.test(lower)) return '12:00';
  if (/\bmidnight\b/.test(lower)) return '00:00';
  const found = /\b(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s?([ap])?\.?m?\b/.exec(lower);
  if (!found) return undefined;
  let hour = Number(found[1]);
  if (found[3] === 'p' && hour < 12) hour += 12;
  if (found[3] === 'a' && hour === 12) hour = 0;
  if (hour > 23) return undefined;
  return `${String(hour).padStart(2, '0')}:${found[2] ?? '00'}`;
}
