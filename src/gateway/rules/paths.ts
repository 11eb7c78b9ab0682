import { query } from 'jsonpath-rfc9535';
import parse from 'jsonpath-rfc9535/parser';
import { RE2JS } from 're2js';
import type { Json } from './view.ts';

/** A JSONPath (RFC 9535), ready to be asked. */
export type Path = (document: Json) => Json[];

const NAME = String.raw`[A-Za-z_][A-Za-z0-9_]*`;
const SINGULAR = new RegExp(String.raw`^\$(?:\.${NAME}|\[\d{1,9}\]|\['[^'\\]*'\])*$`);
const PART = new RegExp(String.raw`\.(${NAME})|\[(\d+)\]|\['([^'\\]*)'\]`, 'g');

/**
 * Compiles a path. `$` may be left out before a name: `messages[0]` is `$.messages[0]`.
 * Throws SyntaxError, also for `match()` and `search()`, whose expressions take no linear time.
 */
export function compilePath(text: string): Path {
  const path = text.startsWith('$') ? text : text.startsWith('[') ? `$${text}` : `$.${text}`;
  if (/\b(match|search)\s*\(/.test(path))
    throw new SyntaxError(`${text}: match() and search() are not taken here; use \`matches\``);
  try {
    parse(path);
  } catch (error) {
    throw new SyntaxError(`${text} is no JSONPath: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
  // Most paths name one place; those need no walk.
  if (SINGULAR.test(path)) {
    const parts = [...path.matchAll(PART)].map(([, name, index, quoted]) =>
      index === undefined ? (name ?? quoted)! : Number(index),
    );
    return (document) => {
      let at: Json | undefined = document;
      for (const part of parts) {
        if (typeof part === 'number') at = Array.isArray(at) ? at[part] : undefined;
        else
          at =
            typeof at === 'object' && at !== null && !Array.isArray(at) && Object.hasOwn(at, part)
              ? at[part]
              : undefined;
        if (at === undefined) return [];
      }
      return [at];
    };
  }
  return (document) => {
    try {
      return query(document, path);
    } catch {
      // Deeper than the library walks: nothing is found there.
      return [];
    }
  };
}

/** A regular expression in RE2's syntax; linear time whatever it is and whatever it is asked. */
export type Pattern = {
  /** The groups of the first match, by number and by name; undefined where nothing matches. */
  find(text: string): Record<string, string> | undefined;
  replace(text: string, by: string): string;
};

/** Characters of a text that are looked at: expressions without a literal beginning take some µs for each thousand. */
const TEXT_MAX = 256 * 1024;

/** Throws SyntaxError. */
export function compileRegex(source: string): Pattern {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    throw new SyntaxError(`${source} is no regular expression (RE2 syntax): ${(error as Error).message}`, {
      cause: error,
    });
  }
  const names = Object.entries(compiled.namedGroups());
  return {
    find(text) {
      const matcher = compiled.matcher(text.slice(0, TEXT_MAX));
      if (!matcher.find()) return undefined;
      const groups: Record<string, string> = {};
      for (let index = 0; index <= matcher.groupCount(); index++) groups[index] = matcher.group(index) ?? '';
      for (const [name, index] of names) groups[name] = matcher.group(index) ?? '';
      return groups;
    },
    replace: (text, by) => compiled.matcher(text).replaceAll(() => by),
  };
}

/** Whether a name is meant by a pattern with `*` and `?`; the whole of it, case told apart. */
export function compileWildcard(pattern: string): (text: string) => boolean {
  if (!/[*?]/.test(pattern)) return (text) => text === pattern;
  if (pattern === '*') return () => true;
  const head = pattern.slice(0, -1);
  if (pattern.endsWith('*') && !/[*?]/.test(head)) return (text) => text.startsWith(head);
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  const compiled = RE2JS.compile(`(?s)^(?:${source})$`);
  return (text) => compiled.matcher(text).find();
}

/** Any of several. */
export function compileWildcards(patterns: string | readonly string[]): (text: string) => boolean {
  const all = [patterns].flat().map(compileWildcard);
  return all.length === 1 ? all[0]! : (text) => all.some((matches) => matches(text));
}
