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

/** Reads the text of a PDF page by page in reading order (see {@link layoutPage}). Text in pictures is not read: that is OCR. */
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
  return runs;
}

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
