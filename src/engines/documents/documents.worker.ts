import type { Document, ReadJob, ReadOutcome } from './document.ts';
import { DocumentError } from './error.ts';
import { checkFormat } from './format.ts';
import { decodeText } from './text.ts';

/** The worker's one function. Each reader is imported on first use: a thread that reads CSV never loads the PDF library. */
export default async function read(job: ReadJob): Promise<ReadOutcome> {
  try {
    const { tables, ...document } = await readFormat(job);
    // Large tables are slow to hand over to the main thread, so they go only where they are wanted.
    return { document: job.tables && tables !== undefined ? { ...document, tables } : document };
  } catch (error) {
    if (error instanceof DocumentError) return { error: { code: error.code, message: error.message } };
    const message = error instanceof Error ? error.message : String(error);
    return { error: { code: 'corrupt', message: `The ${job.format} document cannot be parsed: ${message}` } };
  }
}

async function readFormat({ bytes, format, maxInflatedBytes, maxPages }: ReadJob): Promise<Document> {
  checkFormat(bytes, format);
  switch (format) {
    case 'pdf':
      return (await import('./pdf.ts')).readPdf(bytes, { maxPages });
    case 'docx':
      return (await import('./docx.ts')).readDocx(bytes, { maxInflatedBytes });
    case 'xlsx':
      return (await import('./xlsx.ts')).readXlsx(bytes, { maxInflatedBytes, maxSheets: maxPages });
    case 'html':
      return (await import('./html.ts')).readHtml(bytes);
    case 'csv':
      return (await import('./csv.ts')).readCsv(decodeText(bytes));
    case 'md': {
      const text = decodeText(bytes);
      const title = /^# +(\S.*)$/m.exec(text)?.[1]?.trim().replace(/ #+$/, '').trimEnd();
      return { text, ...(title && { title }) };
    }
    case 'txt':
      return { text: decodeText(bytes) };
    default:
      throw new DocumentError('unsupported', `There is no reader for '${format}'.`);
  }
}
