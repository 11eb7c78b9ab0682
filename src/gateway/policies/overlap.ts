/** Whether two patterns have a text in common: the ARN in a policy, and the form of ARNs of a resource type. */
type Token = { char: string } | { one: true } | { any: true; whole: boolean };

/** The pattern of a policy: `*`, `?`, and variables, which stand for anything. */
export const givenPattern = (text: string): Token[] => tokens(text.replaceAll(/\$\{[^}]*\}/g, '*'));

/** Names that have neither colon nor slash: a bucket is told from its objects by that. */
const NARROW = new Set(['${Partition}', '${Region}', '${Account}', '${BucketName}']);

/** An ARN with `${Account}` and the like. */
export function formPattern(text: string): Token[] {
  return text
    .split(/(\$\{[^}]*\})/)
    .flatMap((piece) => (piece.startsWith('${') ? [{ any: true as const, whole: !NARROW.has(piece) }] : tokens(piece)));
}

const tokens = (text: string): Token[] =>
  Array.from(text, (char): Token =>
    char === '*' ? { any: true, whole: true } : char === '?' ? { one: true } : { char },
  );

export function overlap(a: readonly Token[], b: readonly Token[]): boolean {
  // reach[j]: what `a` has so far and the first j of `b` have a text in common.
  let reach: boolean[] = [];
  for (let i = 0; i <= a.length; i++) {
    const next: boolean[] = [];
    for (let j = 0; j <= b.length; j++) {
      const left = a[i - 1];
      const right = b[j - 1];
      next[j] =
        (i === 0 && j === 0) ||
        (i > 0 && isAny(left) && (reach[j]! || (j > 0 && next[j - 1]! && takes(left, right)))) ||
        (j > 0 && isAny(right) && (next[j - 1]! || (i > 0 && reach[j]! && takes(right, left)))) ||
        (i > 0 && j > 0 && reach[j - 1]! && meet(left!, right!));
    }
    reach = next;
  }
  return reach[b.length]!;
}

const isAny = (token: Token | undefined): token is { any: true; whole: boolean } =>
  token !== undefined && 'any' in token;
/** Whether a run of anything may go over what the other has there. */
const takes = (any: { whole: boolean }, other: Token | undefined): boolean =>
  other !== undefined && (any.whole || !('char' in other) || (other.char !== '/' && other.char !== ':'));
const meet = (a: Token, b: Token): boolean => ('char' in a && 'char' in b ? a.char === b.char : !isAny(a) && !isAny(b));
