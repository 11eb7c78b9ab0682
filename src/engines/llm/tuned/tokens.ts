/** Words, numbers, single marks and single white space: what a completion is made of, piece by piece. Joined they are the text again. */
export function tokenize(text: string, max: number): string[] {
  const tokens: string[] = [];
  for (const [token] of text.matchAll(/\p{L}[\p{L}\p{M}]*|\p{N}+|\s|[^\s\p{L}\p{N}]/gu)) {
    tokens.push(token);
    if (tokens.length === max) break;
  }
  return tokens;
}

export const isWord = (token: string) => /^[\p{L}\p{N}]/u.test(token);

/** What a token looks like: digits by their number, letters by their case. */
export function shapeOf(token: string): string {
  if (/^\p{N}/u.test(token)) return `9${Math.min(token.length, 12)}`;
  if (!isWord(token)) return token;
  if (token.length > 1 && token === token.toUpperCase()) return 'AA';
  return token[0] === token[0]!.toUpperCase() ? 'Aa' : 'aa';
}

/** FNV-1a, 32 bits. */
export function hashOf(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value | 0;
}

/** One hash of two. */
export function mix(a: number, b: number): number {
  let value = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  value ^= value >>> 15;
  return Math.imul(value, 0x27d4eb2f) | 0;
}
