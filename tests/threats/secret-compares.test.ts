import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { sameText } from '../../src/kernel/signing.ts';

/**
 * Whoever can measure how long a compare takes learns a secret letter by letter, unless it takes as long wherever the texts differ. All
 * compares of secrets go through `sameText` (bytes through Node's `timingSafeEqual`): here the sources are read for others.
 */
const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
/** The one place that may compare in constant time by itself. */
const HOME = 'kernel/signing.ts';
/** Last names of expressions that hold secrets, or what only a secret makes. */
const SECRET =
  /^(\w*[sS]ecret(AccessKey|Key|Text)?|\w*[pP]assword|\w*[sS]ignature|(session|access|bearer|security)Token|hmac\w*|mac|passcode|otp|codeAt|totp)$/;
/** Where a token is one of a session, and not of a page or a request. */
const TOKENS = /^(identity|gateway|kernel\/principals|services\/(iam|sts|s3\/settings))\//;

const EQUALITY = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
]);
const COMPARING = new Set(['equals', 'compare', 'localeCompare', 'startsWith', 'endsWith', 'includes']);

function nameOf(node: ts.Expression): string {
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node))
    return nameOf(node.expression);
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    return node.argumentExpression.text;
  if (ts.isCallExpression(node)) return nameOf(node.expression);
  return '';
}

/** What is no secret, whatever it is compared with. */
const isPlain = (node: ts.Expression): boolean =>
  ts.isLiteralExpression(node) ||
  node.kind === ts.SyntaxKind.NullKeyword ||
  node.kind === ts.SyntaxKind.TrueKeyword ||
  node.kind === ts.SyntaxKind.FalseKeyword ||
  ts.isTypeOfExpression(node) ||
  (ts.isIdentifier(node) && (node.text === 'undefined' || /^[A-Z][A-Z_]+$/.test(node.text)));

/** Compares of secrets in a source, and how many compares there are at all. */
function comparesIn(file: string, source: string): { compares: number; found: string[] } {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  let compares = 0;
  const isSecret = (node: ts.Expression) => {
    const name = nameOf(node);
    return SECRET.test(name) || (name === 'token' && TOKENS.test(file));
  };
  const note = (node: ts.Node, operands: readonly ts.Expression[]) => {
    compares++;
    if (operands.length < 2 || operands.some(isPlain) || !operands.some(isSecret)) return;
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${file}:${line + 1}: ${node.getText().slice(0, 100)}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && EQUALITY.has(node.operatorToken.kind)) note(node, [node.left, node.right]);
    if (ts.isCallExpression(node) && COMPARING.has(nameOf(node.expression))) {
      const target = ts.isPropertyAccessExpression(node.expression) ? [node.expression.expression] : [];
      note(node, [...target, ...node.arguments]);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { compares, found };
}

const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(path) && path !== HOME);

describe('Somebody who measures how long an answer takes', () => {
  it('finds no compare of secrets that ends at the first letter that differs', () => {
    let compares = 0;
    const found: string[] = [];
    for (const path of sources) {
      const looked = comparesIn(path, readFileSync(join(SOURCES, path), 'utf8'));
      compares += looked.compares;
      found.push(...looked.found);
    }
    expect(compares).toBeGreaterThan(1_000);
    expect(found).toEqual([]);
  });

  it('finds one way to compare secrets, which signatures, tokens, forms and codes go', () => {
    const users = sources.filter((path) => /\bsameText\(/.test(readFileSync(join(SOURCES, path), 'utf8')));
    for (const path of [
      'identity/sigv4.ts',
      'identity/sigv2.ts',
      'identity/chunked.ts',
      'identity/events.ts',
      'services/s3/settings/form.ts',
      'kernel/principals/mfa.ts',
    ])
      expect(users).toContain(path);
  });

  it('would be told of by this test: it knows a bad compare when it sees one', () => {
    for (const bad of [
      'if (expected !== request.signature) throw 1;',
      'const ok = credential.secretAccessKey === given;',
      'if (hmacHex(key, text) == claimed) f();',
      'Buffer.from(a).equals(signature);',
      "if (headers['password'] !== user.password) throw 1;",
      'if (token !== credential.token) throw 1;',
    ])
      expect(comparesIn('identity/bad.ts', bad).found, bad).toHaveLength(1);
    for (const good of [
      'if (signature === undefined) f();',
      "if (secret !== '') f();",
      'sameText(expected, signature);',
      'if (typeof password === kind) f();',
      "if (name === 'x-amz-signature') f();",
    ])
      expect(comparesIn('identity/good.ts', good).found, good).toEqual([]);
  });

  it('learns nothing of the texts from the compare but whether they are the same', () => {
    expect(sameText('a'.repeat(64), 'a'.repeat(64))).toBe(true);
    for (const other of ['', 'a', `${'a'.repeat(63)}b`, `b${'a'.repeat(63)}`, 'a'.repeat(65)])
      expect(sameText('a'.repeat(64), other)).toBe(false);
  });
});
