import type * as Mammoth from 'mammoth';
import type { Document } from './document.ts';
import { DocumentError, missingPackage } from './error.ts';
import { loadCheerio, readHtmlText } from './html.ts';
import { readZip, writeZip } from './zip.ts';

/** The arrow that mammoth puts after a note, for jumping back to its mark. */
const NOTE_BACKLINK = / ?<a href="#[^"]*note-ref-[^"]*">↑<\/a>/g;

async function loadMammoth(): Promise<typeof Mammoth> {
  try {
    const loaded = (await import('mammoth')) as unknown as { default: typeof Mammoth };
    return loaded.default;
  } catch (error) {
    throw missingPackage(error, 'mammoth', 'npm install mammoth@1.13.0');
  }
}

/** Reads a Word document (OOXML): headings, lists, tables and foot notes as Markdown; pictures by their alternative text. */
export async function readDocx(bytes: Uint8Array, limits: { maxInflatedBytes: number }): Promise<Document> {
  const parts = readZip(bytes, limits.maxInflatedBytes);
  if (!parts.has('[Content_Types].xml') || ![...parts.keys()].some((name) => /^word\/document\d*\.xml$/.test(name))) {
    const kind = [...parts.keys()].some((name) => name.startsWith('xl/'))
      ? 'an XLSX workbook'
      : 'another kind of zip archive';
    throw new DocumentError('mismatch', `The bytes are not a DOCX document; they are ${kind}.`);
  }
  const mammoth = await loadMammoth();
  const html = await mammoth.convertToHtml(
    { buffer: writeZip(parts) },
    {
      styleMap: ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => h2:fresh"],
      convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })),
      externalFileAccess: false,
    },
  );
  const { text, tables } = await readHtmlText(html.value.replace(NOTE_BACKLINK, ''));
  const title = await coreTitle(parts.get('docProps/core.xml'));
  return { text, ...(title && { title }), tables };
}

/** The title in an OOXML package's core properties (ECMA-376 part 2). */
export async function coreTitle(xml: Buffer | undefined): Promise<string> {
  if (xml === undefined) return '';
  const cheerio = await loadCheerio();
  return cheerio.load(xml.toString('utf8'), { xml: true })('dc\\:title').first().text().trim();
}
