/** A part of a postal address in a text: UTF-16 offsets and the text itself. */
export type AddressPart = { start: number; end: number; text: string };

/** "…, Springfield, IL 62704": city, state and code of an address in the American form. */
const AMERICAN =
  /(?:^|[,\n]|\bin)\s*(\p{Lu}[\p{L}'.-]*(?:\s\p{Lu}[\p{L}'.-]*){0,3}),\s*([A-Z]{2}|\p{Lu}\p{Ll}+(?:\s\p{Lu}\p{Ll}+)?),?\s+(\d{5}(?:-\d{4})?)(?!\d)/u;
/** "10115 Berlin": code before the city, as in most of Europe. */
const EUROPEAN = /(?:^|[,\n])\s*(?:[A-Z]{1,2}-)?(\d{4,5})\s+(\p{Lu}[\p{L}'-]+(?:\s\p{Lu}[\p{L}'-]+){0,2})/u;
/** "London SW1A 2AA": the code after the city, as in the United Kingdom. */
const BRITISH = /(?:(\p{Lu}[\p{L}'-]+(?:\s\p{Lu}[\p{L}'-]+){0,2}),?\s+)?\b([A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2})\b/u;

/** The part of the first postal address of `text` that a name ("zip code", "state", "city") asks for; undefined where there is none. */
export function addressPart(text: string, label: string): AddressPart | undefined {
  const wanted = /\b(?:zip(?: ?code)?|post(?:al)? ?code|postcode|plz)$/.test(label)
    ? 'code'
    : /^(?:(?:\w+ )?state|province|state code)$/.test(label)
      ? 'state'
      : /\b(?:city|town)$/.test(label)
        ? 'city'
        : undefined;
  if (wanted === undefined) return undefined;
  for (const [pattern, groups] of [
    [AMERICAN, { city: 1, state: 2, code: 3 }],
    [BRITISH, { city: 1, state: 0, code: 2 }],
    [EUROPEAN, { code: 1, city: 2, state: 0 }],
  ] as const) {
    const match = pattern.exec(text);
    const part = groups[wanted] === 0 ? undefined : match?.[groups[wanted]];
    if (!match || part === undefined) continue;
    const start = match.index + match[0].lastIndexOf(part);
    return { start, end: start + part.length, text: part };
  }
  return undefined;
}
