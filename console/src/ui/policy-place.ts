/** Where a cursor stands in a policy document, which may be unfinished. */
export type PolicyPlace = {
  /** Names of the members around it, outermost first: `['Statement', 'Condition', 'StringEquals']`. Lists leave no trace. */
  path: string[];
  /** Whether a member's name is expected here, or a value. */
  expects: 'name' | 'value';
  /** Offset of the string that it is in, just past the quotation mark. */
  stringFrom?: number;
};

type Level = { list: boolean; name?: string; expects: 'name' | 'value' };

/** Reads the text up to the cursor, and forgives what is not JSON. */
export function policyPlace(text: string, cursor: number): PolicyPlace {
  const levels: Level[] = [];
  let at = 0;
  while (at < cursor) {
    const char = text[at]!;
    const level = levels.at(-1);
    if (char === '"') {
      const from = at + 1;
      at = from;
      while (at < cursor && text[at] !== '"' && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
      if (at >= cursor) return { ...placeOf(levels), stringFrom: from };
      if (level && !level.list && level.expects === 'name') level.name = text.slice(from, at);
    } else if (char === '{' || char === '[')
      levels.push({ list: char === '[', expects: char === '{' ? 'name' : 'value' });
    else if (char === '}' || char === ']') levels.pop();
    else if (char === ':' && level && !level.list) level.expects = 'value';
    else if (char === ',' && level && !level.list) {
      level.expects = 'name';
      delete level.name;
    }
    at++;
  }
  return placeOf(levels);
}

function placeOf(levels: Level[]): PolicyPlace {
  const innermost = levels.at(-1);
  const around = levels.filter(({ expects }, index) => expects === 'value' || index < levels.length - 1);
  return { path: around.flatMap(({ name }) => name ?? []), expects: innermost?.expects ?? 'value' };
}
