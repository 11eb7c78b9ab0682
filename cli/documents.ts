import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The documentation as it is shipped: Markdown, beside the bundle or in a clone. */
const ROOTS = ['./docs/', '../docs/', '../../docs/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** A page: its name as it is asked for (`s3`, `rules`), its title and what it says first. */
export type Document = { name: string; path: string; title: string; summary: string };

const root = (): string => {
  const found = ROOTS.find((path) => existsSync(join(path, 'services')));
  if (found === undefined) throw new Error('The documentation is not beside this program.');
  return found;
};

/** Pages for users: the services, then the rest, by name. */
export function listDocuments(): Document[] {
  const folder = root();
  const named = (directory: string) =>
    readdirSync(join(folder, directory))
      .filter((file) => file.endsWith('.md'))
      .sort()
      .map((file) => read(folder, directory === '' ? file : `${directory}/${file}`));
  return [...named('services'), ...named('')];
}

/** The text of a page: by its name, or by a service's name as the CLI or boto3 has it. Throws with the names that there are. */
export function readDocument(name: string): string {
  const documents = listDocuments();
  const wanted = name
    .toLowerCase()
    .replace(/\.md$/, '')
    .replaceAll(/[\s_]+/g, '-');
  const loose = (text: string) => text.replaceAll('-', '');
  const found =
    documents.find((document) => document.name === wanted) ??
    documents.find((document) => loose(document.name) === loose(wanted));
  if (!found)
    throw new Error(`There is no page ${name}. There is: ${documents.map((document) => document.name).join(', ')}`);
  return readFileSync(join(root(), found.path), 'utf8');
}

export type Found = { name: string; line: number; text: string };

/** Lines that have all the words, in whatever order and case; at most `limit`. */
export function searchDocuments(words: string, limit: number): Found[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found: Found[] = [];
  for (const { name, path } of listDocuments()) {
    for (const [index, text] of readFileSync(join(root(), path), 'utf8').split('\n').entries()) {
      if (!wanted.every((word) => text.toLowerCase().includes(word))) continue;
      found.push({ name, line: index + 1, text: text.trim() });
      if (found.length === limit) return found;
    }
  }
  return found;
}

/** Title and first sentence of a page. */
function read(folder: string, path: string): Document {
  const [heading = '', ...rest] = readFileSync(join(folder, path), 'utf8').split('\n');
  const first =
    rest
      .join('\n')
      .trim()
      .split(/\n\s*\n/)[0] ?? '';
  const summary = /^[^`#|]/.test(first) ? (/^.*?[.:](?=\s|$)/s.exec(first)?.[0] ?? first) : '';
  return {
    name: path.replace(/^services\//, '').replace(/\.md$/, ''),
    path,
    title: heading.replace(/^#+\s*/, ''),
    summary: summary
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/:$/, '.'),
  };
}
