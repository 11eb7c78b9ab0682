import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * Patterns in the sources that meet what strangers send. Each is run on long texts of pieces that it is made of, which almost fit: one that tries
 * every way to divide them is stopped, and found. (Patterns that come with the API's models or from users run on an engine that is linear.)
 */
const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
/** Rooms that read what nobody has signed yet, or what is long. */
const ROOMS = /^(gateway|identity|protocol|services\/sts)\//;
/** As long as the headers of a request may be. Characters. */
const LENGTH = 60_000;
/** Real ms after which a match is stopped: hundreds of times what a linear one needs. */
const STOPPED_MS = 1_500;

const matching = new vm.Script('pattern.test(text)');

/** A text on which the pattern does not end in time; undefined: none was found. */
function slowOn(source: string): string | undefined {
  const [, body = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(source) ?? [];
  const pattern = new RegExp(body, flags.replaceAll(/[gy]/g, ''));
  const letters = [...new Set(body.match(/[A-Za-z0-9 :=/;,.&<>"'@_-]/g) ?? [])].slice(0, 10);
  const words = (body.match(/[A-Za-z0-9]{2,}/g) ?? []).slice(0, 6);
  const pieces = new Set([
    ...letters,
    'a',
    '0',
    ' ',
    '\t',
    '\n',
    '-',
    '.',
    '/',
    'a-',
    '-a',
    'a.',
    '.a',
    ',a',
    'a=',
    ...words,
    ...words.map((word) => `-${word}`),
  ]);
  const context = vm.createContext({ pattern });
  for (const start of new Set(['', ...letters.slice(0, 4), ...words.slice(0, 2)]))
    for (const piece of pieces) {
      (context as { text?: string }).text = `${start}${piece.repeat(Math.ceil(LENGTH / piece.length))}\u0001`;
      try {
        matching.runInContext(context, { timeout: STOPPED_MS });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
        return `${JSON.stringify(start)} and ${JSON.stringify(piece)} over and over`;
      }
    }
  return undefined;
}

function patternsIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node) && /[+*{]/.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true));
  return found;
}

describe('Somebody who sends long texts that almost fit', () => {
  it('finds no pattern that tries every way to divide them', () => {
    const patterns = new Map<string, string>();
    for (const path of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).map((one) =>
      one.replaceAll('\\', '/'),
    ))
      if (ROOMS.test(path) && path.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(path))
        for (const pattern of patternsIn(readFileSync(join(SOURCES, path), 'utf8'))) patterns.set(pattern, path);
    expect(patterns.size).toBeGreaterThan(30);
    const slow = [...patterns].flatMap(([pattern, path]) => {
      const text = slowOn(pattern);
      return text === undefined ? [] : [`${path}: ${pattern} on ${text}`];
    });
    expect(slow).toEqual([]);
  }, 120_000);

  it('would be told of by this test: it knows such patterns when it sees them', () => {
    for (const bad of [
      '/^(a+)+$/',
      '/^([a-z]+-?)*x$/',
      '/^s3(?:[.-](?:fips|express-[a-z0-9-]+))*$/',
      '/^[A-Za-z\\s]*={0,2}\\s*$/',
    ])
      expect(slowOn(bad), bad).toBeDefined();
    for (const good of ['/^a+$/', '/^[a-z]+(?:-[a-z]+)*$/', '/\\s+/g']) expect(slowOn(good), good).toBeUndefined();
  }, 60_000);
});
