import type { DocumentFormat } from './document.ts';
import { DocumentError } from './error.ts';

const startsWith = (bytes: Uint8Array, ...signature: number[]): boolean =>
  signature.every((byte, index) => bytes[index] === byte);

/** The spec asks for `%PDF-` at the very start; readers (Acrobat, pdf.js) accept it anywhere in the first 1,024 bytes. */
function isPdf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).includes('%PDF-');
}

const isZip = (bytes: Uint8Array): boolean =>
  startsWith(bytes, 0x50, 0x4b, 0x03, 0x04) || startsWith(bytes, 0x50, 0x4b, 0x05, 0x06);
const isOle = (bytes: Uint8Array): boolean => startsWith(bytes, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1);

/** Names what the bytes look like, for error messages; undefined when they look like text. */
function sniff(bytes: Uint8Array): string | undefined {
  if (startsWith(bytes, 0x25, 0x50, 0x44, 0x46, 0x2d)) return 'a PDF document';
  if (isZip(bytes)) return 'a zip archive (DOCX, XLSX, …)';
  if (isOle(bytes)) return 'a binary Office document';
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47)) return 'a PNG image';
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return 'a JPEG image';
  if (startsWith(bytes, 0x47, 0x49, 0x46, 0x38)) return 'a GIF image';
  if (startsWith(bytes, 0x1f, 0x8b)) return 'gzip data';
  const hasBom = startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff);
  if (!hasBom && bytes.subarray(0, 65_536).includes(0)) return 'binary data';
  return undefined;
}

/**
 * Refuses bytes that are plainly not of the named format, before any parser sees them.
 *
 * @throws {DocumentError} `mismatch`, or `encrypted` for an OOXML package wrapped by a password (which is an OLE file).
 */
export function checkFormat(bytes: Uint8Array, format: DocumentFormat): void {
  const looksLike = sniff(bytes);
  switch (format) {
    case 'pdf':
      if (!isPdf(bytes)) throw mismatch('PDF', looksLike);
      return;
    case 'docx':
    case 'xlsx':
      if (
        isOle(bytes) &&
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('EncryptedPackage', 0, 'utf16le')
      ) {
        throw new DocumentError('encrypted', `The ${format} document is protected by a password.`);
      }
      if (!isZip(bytes)) throw mismatch(format.toUpperCase(), looksLike);
      return;
    default:
      if (looksLike !== undefined) throw mismatch(format.toUpperCase(), looksLike);
  }
}

function mismatch(expected: string, found: string | undefined): DocumentError {
  return new DocumentError(
    'mismatch',
    `The bytes are not a ${expected} document; they look like ${found ?? 'plain text'}.`,
  );
}
