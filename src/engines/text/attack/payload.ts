/** How many encoded pieces of one text are opened, and how much of each, in characters. */
const PIECES_MAX = 8;
const PIECE_LENGTH_MAX = 4_000;

const BASE64 = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}/g;
const HEX = /(?<![0-9A-Za-z])(?:[0-9a-f]{2}[ :]?){8,}(?![0-9A-Za-z])/gi;

/**
 * What the encoded pieces of a text say: Base64 and hexadecimal that decode to readable text, and the text turned back where it speaks of
 * ROT13 or of reading backwards. Order: as they stand. Never throws; what does not decode to text is left out.
 */
export function payloads(text: string): string[] {
  const found: string[] = [];
  const add = (decoded: string): void => {
    if (found.length < PIECES_MAX && isReadable(decoded)) found.push(decoded);
  };
  for (const [piece] of text.matchAll(BASE64)) {
    if (found.length === PIECES_MAX) break;
    add(Buffer.from(piece.slice(0, PIECE_LENGTH_MAX), 'base64').toString('utf8'));
  }
  for (const [piece] of text.matchAll(HEX)) {
    if (found.length === PIECES_MAX) break;
    add(Buffer.from(piece.replace(/[ :]/g, '').slice(0, PIECE_LENGTH_MAX), 'hex').toString('utf8'));
  }
  const start = text.slice(0, PIECE_LENGTH_MAX);
  if (/\brot[ -]?13\b/i.test(start)) found.push(rot13(start));
  if (/\b(?:backwards?|revers(?:ed?|ing)|mirror(?:ed)?)\b/i.test(start)) found.push(start.split('').reverse().join(''));
  return found;
}

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** Words and spaces, nearly no control characters, nothing that was not UTF-8. */
function isReadable(text: string): boolean {
  if (text.length < 8 || text.includes('\uFFFD')) return false;
  const readable = text.match(/[A-Za-z0-9 .,!?'"\n:;()-]/g)?.length ?? 0;
  return readable / text.length > 0.9 && /[A-Za-z]{2,} [A-Za-z]{2,}/.test(text);
}
