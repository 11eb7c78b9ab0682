import type { Json } from '../../../engines/llm/types.ts';
import { invalid } from '../errors.ts';

/** RFC 6901, as far as Converse takes it. */
const POINTER = /^(?:\/(?:[^~/]|~0|~1)*)+$/;

/** Throws ValidationException for paths that are no JSON pointers. */
export function checkFieldPaths(paths: string[]): void {
  for (const path of paths) {
    if (!POINTER.test(path))
      throw invalid(`The value ${path} at additionalModelResponseFieldPaths is not a valid JSON Pointer.`);
  }
}

/** The members of a native answer that pointers name, in an object of the same form; undefined when none is there. Source: Converse API Reference. */
export function pickFields(native: Json, paths: string[]): Json | undefined {
  const picked: { [key: string]: Json } = {};
  let found = false;
  for (const path of paths) {
    const keys = path
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const value = keys.reduce<Json | undefined>((at, key) => memberOf(at, key), native);
    if (value === undefined) continue;
    found = true;
    let target = picked;
    for (const key of keys.slice(0, -1)) {
      const next = Object.hasOwn(target, key) ? target[key] : undefined;
      target = target[key] = next !== null && typeof next === 'object' && !Array.isArray(next) ? next : {};
    }
    target[keys.at(-1)!] = value;
  }
  return found ? picked : undefined;
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  return Object.hasOwn(value, key) ? (value as { [key: string]: Json })[key] : undefined;
}
