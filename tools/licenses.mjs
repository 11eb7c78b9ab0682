// The licences of what is bundled, for those who get the bundle alone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `node_modules/a/node_modules/@b/c/x.js` → `node_modules/a/node_modules/@b/c` */
const folderOf = (path) => /^(?:.*?node_modules\/)+(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];

/**
 * One text with name, licence and licence file of each package that the given files are of. Throws where a package names no licence: then
 * somebody has to look.
 */
export function licensesOf(paths) {
  const folders = [...new Set(paths.map(folderOf).filter((folder) => folder !== undefined))].sort();
  const packages = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (license === undefined) throw new Error(`${folder} names no licence`);
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
    packages.set(`${name} ${version} (${license})`, texts.join('\n\n'));
  }
  return [...packages].map(([title, text]) => `## ${title}\n\n${text}\n`).join('\n');
}
