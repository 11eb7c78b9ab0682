import { isIPv6 } from 'node:net';
import type { PiiSpan } from './types.ts';

const EMAIL =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}][\p{L}\p{N}._%+'-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}_-]*@)/gu;
const URL_START =
  /(?<![\p{L}\p{N}])(?:(?:https?|ftps?|sftp|wss?|s3|ssh):\/\/|www\.(?=[\p{L}\p{N}]))[^\s<>"“”{}|\\^`]{2,2048}/giu;
/** Domains without a scheme, by endings that are not those of files: "main.py" and "README.md" are none. */
const DOMAIN =
  /(?<![\p{L}\p{N}@._/-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}(?:com|org|net|edu|gov|mil|int|info|biz|io|co|ai|dev|app|uk|de|fr|ca|au|jp|nl|se|ch|eu|us|tv|shop|online|site|cloud|xyz|tech|store|blog|news|me|in)(?![\p{L}\p{N}_@-]|\.\p{L})(?::\d{2,5})?(?:[/?#][^\s<>"“”{}|\\^`]{0,2048})?/gu;
const IPV4 =
  /(?<![\p{L}\p{N}_.-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\p{L}\p{N}_]|\.\d|-\d)/gu;
const VERSION_BEFORE = /(?:\bv|\bver(?:sion)?s?|\brelease|\bbuild|\bfirmware|\bdriver|\bsections?|§)[\s:.]*$/i;
const IPV6 =
  /(?<![\p{L}\p{N}_:.])(?:[\da-f]{0,4}:){2,7}(?:[\da-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?:%[\p{L}\p{N}]+)?(?![\p{L}\p{N}_:])/giu;
const MAC =
  /(?<![\p{L}\p{N}_:-])(?:[\da-f]{2}([:-])(?:[\da-f]{2}\1){4}[\da-f]{2}|[\da-f]{4}\.[\da-f]{4}\.[\da-f]{4})(?![\p{L}\p{N}_]|[:-][\da-f])/giu;

/** E-mail addresses, URLs, IP addresses (4 and 6) and MAC addresses. */
export function findNetwork(text: string): PiiSpan[] {
  const found: PiiSpan[] = [];
  const add = (type: PiiSpan['type'], start: number, end: number, score: number): void => {
    found.push({ type, start, end, score });
  };
  if (text.includes('@'))
    for (const { 0: raw, index } of text.matchAll(EMAIL)) add('EMAIL', index, index + raw.length, 0.99);
  for (const { 0: raw, index } of text.matchAll(URL_START)) add('URL', index, index + trimmed(raw), 0.99);
  if (text.includes('.')) {
    for (const { 0: raw, index } of text.matchAll(DOMAIN)) {
      if (text[index + raw.length] !== '@') add('URL', index, index + trimmed(raw), 0.85);
    }
    for (const { 0: raw, index } of text.matchAll(IPV4)) {
      if (!VERSION_BEFORE.test(text.slice(Math.max(0, index - 16), index)))
        add('IP_ADDRESS', index, index + raw.length, 0.95);
    }
  }
  if (/:[\da-f]*:/i.test(text)) {
    for (const { 0: raw, index } of text.matchAll(IPV6)) {
      // "::" alone is a scope or a slice in most languages of programmers.
      if (raw.length > 3 && isIPv6(raw) && /[\da-f]/i.test(raw)) add('IP_ADDRESS', index, index + raw.length, 0.95);
    }
  }
  for (const { 0: raw, index } of text.matchAll(MAC)) add('MAC_ADDRESS', index, index + raw.length, 0.97);
  return found;
}

/** The length of a URL without the punctuation of the sentence around it; a closing bracket stays where its opening one is inside. */
function trimmed(raw: string): number {
  let end = raw.length;
  for (;;) {
    const last = raw[end - 1]!;
    const open = { ')': '(', ']': '[' }[last];
    if (open !== undefined) {
      const inside = raw.slice(0, end - 1);
      if (inside.split(open).length > inside.split(last).length) return end;
    } else if (!/[.,;:!?'’"»*_]/.test(last)) return end;
    end--;
  }
}
