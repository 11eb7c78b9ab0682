const LENGTH_MAX = 160;
/** Members that models of all families keep what is said in. */
const SAID = new Set([
  'text',
  'content',
  'prompt',
  'inputText',
  'outputText',
  'generation',
  'completion',
  'message',
  'delta',
]);

/** What is said in a body of a model, in a line: the last text of what was asked, the first of what was answered; else its JSON. */
export function gistOf(body: unknown, which: 'first' | 'last'): string {
  if (body === undefined) return '';
  const found: string[] = [];
  collect(body, found);
  const text =
    (which === 'first' ? found[0] : found.at(-1)) ?? (typeof body === 'string' ? body : JSON.stringify(body));
  return text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text;
}

function collect(value: unknown, found: string[]): void {
  if (Array.isArray(value)) for (const each of value) collect(each, found);
  else if (typeof value === 'object' && value !== null)
    for (const [name, each] of Object.entries(value)) {
      if (typeof each === 'string' && SAID.has(name)) found.push(each);
      else collect(each, found);
    }
}
