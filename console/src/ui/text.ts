/** Values as they are shown. */

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1.5 MiB` */
export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return '–';
  if (bytes === 1) return '1 byte';
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toLocaleString('en', { maximumFractionDigits: power === 0 ? 0 : 1 })} ${UNITS[power]}`;
}

/** A time as AWS's consoles show it, in this browser's zone: `2026-11-20, 14:03:05`. */
export function timeText(time: Date | string | number | undefined): string {
  if (time === undefined) return '–';
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  return date.toLocaleString('sv-SE').replace(' ', ', ');
}

/** ISO 8601, to sort by. */
export const timeValue = (time: Date | string | number | undefined): string =>
  time === undefined ? '' : new Date(time).toISOString();

/** US dollars with as many places as a small sum needs: `$0.000123`. */
export function usdText(usd: number | undefined): string {
  if (usd === undefined) return '–';
  if (usd === 0) return '$0';
  const digits = Math.abs(usd) >= 1 ? 2 : Math.min(10, 3 - Math.floor(Math.log10(Math.abs(usd))));
  return `$${usd.toFixed(digits)}`;
}

/** `12.3 ms`, `4.5 s`; from microseconds. */
export function durationText(us: number | undefined): string {
  if (us === undefined) return '–';
  if (us < 1000) return `${us} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1_000_000).toFixed(2)} s`;
}
