import type * as Pdfjs from 'pdfjs-dist/legacy/build/pdf.mjs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Document } from './document.ts';
import { DocumentError, missingPackage } from './error.ts';
import { layoutPage } from './layout.ts';
import type { TextRun } from './layout.ts';

/** A page with more text runs than this is not text but a drawing made of letters. */
const RUNS_PER_PAGE_MAX = 200_000;
const TEXT_LENGTH_MAX = 100_000_000;

async function loadPdfjs(): Promise<typeof Pdfjs> {
  try {
    return await import('pdfjs-dist/legacy/build/pdf.mjs');
  } catch (error) {
    throw missingPackage(error, 'pdfjs-dist', 'npm install pdfjs-dist@4.10.38');
  }
}

/** Reads the text of a PDF page by page in reading order (see {@link layoutPage}). What is filled into form
 * fields is read with it. Text in pictures is not: that is OCR. */
export async function readPdf(bytes: Uint8Array, limits: { maxPages: number }): Promise<Document> {
  const pdfjs = await loadPdfjs();
  const home = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
  const loading = pdfjs.getDocument({
    // pdf.js takes the buffer over (transfers it), so it gets one of its own.
    data: Uint8Array.from(bytes),
    // Fonts can carry PostScript functions; without eval they are interpreted.
    isEvalSupported: false,
    disableFontFace: true,
    useSystemFonts: false,
    cMapUrl: join(home, 'cmaps/'),
    cMapPacked: true,
    standardFontDataUrl: join(home, 'standard_fonts/'),
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  try {
    const pdf = await loading.promise;
    if (pdf.numPages > limits.maxPages) {
      throw new DocumentError(
        'too_many_pages',
        `The PDF has ${pdf.numPages} pages; at most ${limits.maxPages} are read.`,
      );
    }
    const pages: string[] = [];
    let length = 0;
    for (let number = 1; number <= pdf.numPages; number++) {
      const page = await pdf.getPage(number);
      const runs = await pageRuns(page);
      page.cleanup();
      const text = layoutPage(runs);
      length += text.length;
      if (length > TEXT_LENGTH_MAX) throw new DocumentError('too_large', 'The PDF has over 100 million characters.');
      pages.push(text);
    }
    const { info } = await pdf.getMetadata();
    const { Title } = info as { Title?: unknown };
    // What report generators and editors write when nobody gave a title.
    const title = typeof Title === 'string' && !/^\(?(anonymous|untitled)\)?$/i.test(Title.trim()) ? Title.trim() : '';
    return { text: pages.join('\f'), pages: pdf.numPages, ...(title && { title }) };
  } catch (error) {
    throw readable(error);
  } finally {
    await loading.destroy();
  }
}

async function pageRuns(page: Pdfjs.PDFPageProxy): Promise<TextRun[]> {
  const { transform } = page.getViewport({ scale: 1 });
  const runs: TextRun[] = [];
  const { items } = await page.getTextContent();
  for (const item of items) {
    if (!('str' in item) || item.str === '') continue;
    if (runs.length >= RUNS_PER_PAGE_MAX)
      throw new DocumentError('too_large', `A page has over ${RUNS_PER_PAGE_MAX} pieces of text.`);
    // The viewport's transform turns PDF space (up, unrotated) to the page as it is seen (y down).
    const [a, b, c, d, e, f] = multiply(transform, item.transform);
    const size = Math.hypot(c, d) || Math.hypot(a, b);
    const angle = Math.atan2(b, a);
    runs.push({ text: item.str, x: e, y: f, width: item.width, size, angle });
  }
  return [...runs, ...(await fieldRuns(page, transform))];
}

/** What is filled into the fields of a form: it lies over the page, not in its text. Buttons and boxes to tick have no text. */
async function fieldRuns(page: Pdfjs.PDFPageProxy, transform: number[]): Promise<TextRun[]> {
  const runs: TextRun[] = [];
  for (const field of (await page.getAnnotations()) as Field[]) {
    if (field.subtype !== 'Widget' || (field.fieldType !== 'Tx' && field.fieldType !== 'Ch')) continue;
    const value = [field.fieldValue ?? []].flat().filter((part) => typeof part === 'string');
    const [left, bottom, right, top] = field.rect;
    const size = Math.min(Math.max(top - bottom, 1) * 0.7, 12);
    for (const [index, text] of value.flatMap((part) => part.split(/[\r\n]+/)).entries()) {
      // Text sits a little above the lower edge of a one-line field; further lines follow below the first.
      const baseline = (field.multiLine ? top - size : bottom + 0.25 * (top - bottom)) - index * 1.2 * size;
      const [a, b, , , x, y] = multiply(transform, [1, 0, 0, 1, left + 2, baseline]);
      if (text.trim() !== '')
        runs.push({
          text,
          x,
          y,
          width: Math.min(right - left, 0.5 * size * text.length),
          size,
          angle: Math.atan2(b, a),
        });
    }
  }
  return runs;
}

/** What is used of pdf.js's annotations, which it leaves untyped. */
type Field = {
  subtype?: string;
  fieldType?: string;
  fieldValue?: string | string[] | null;
  multiLine?: boolean;
  rect: [left: number, bottom: number, right: number, top: number];
};

type Matrix = [number, number, number, number, number, number];

function multiply(m: number[], n: number[]): Matrix {
  const [a1, b1, c1, d1, e1, f1] = m as Matrix;
  const [a2, b2, c2, d2, e2, f2] = n as Matrix;
  return [
    a1 * a2 + c1 * b2,
    b1 * a2 + d1 * b2,
    a1 * c2 + c1 * d2,
    b1 * c2 + d1 * d2,
    a1 * e2 + c1 * f2 + e1,
    b1 * e2 + d1 * f2 + f1,
  ];
}

/** pdf.js's exceptions are told apart by name: the classes differ between its builds. */
function readable(error: unknown): unknown {
  const { name, message } = error as Error;
  if (name === 'PasswordException') {
    return new DocumentError('encrypted', 'The PDF is protected by a password.', { cause: error });
  }
  if (name === 'InvalidPDFException' || name === 'FormatError' || name === 'MissingPDFException') {
    return new DocumentError('corrupt', `The PDF cannot be parsed: ${message}`, { cause: error });
  }
  return error;
}
