import type { ContentBlock, DocumentFormat, ImageFormat } from '@aws-sdk/client-bedrock-runtime';

/** Files as Converse takes them. */
const DOCUMENTS = ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'];
const IMAGES: Record<string, ImageFormat> = { png: 'png', jpg: 'jpeg', jpeg: 'jpeg', gif: 'gif', webp: 'webp' };
/** Source: Bedrock API Reference, Message: at most 5 documents of 4.5 MB and 20 images of 3.75 MB each. */
const DOCUMENTS_MAX = 5;
const DOCUMENT_BYTES_MAX = 4_500_000;
const IMAGES_MAX = 20;
const IMAGE_BYTES_MAX = 3_750_000;

export const ACCEPTED = [...DOCUMENTS, ...Object.keys(IMAGES)].map((each) => `.${each}`).join(',');

const extensionOf = ({ name }: File): string => (/\.(\w+)$/.exec(name)?.[1] ?? '').toLowerCase();
const isImage = (file: File): boolean => extensionOf(file) in IMAGES;

/** What keeps each file from being sent; null where nothing does. */
export function fileFaults(files: readonly File[]): (string | null)[] {
  const counts = { image: 0, document: 0 };
  return files.map((file) => {
    const image = isImage(file);
    if (!image && !DOCUMENTS.includes(extensionOf(file)))
      return `Converse takes documents (${DOCUMENTS.join(', ')}) and images (${Object.keys(IMAGES).join(', ')}).`;
    const count = (counts[image ? 'image' : 'document'] += 1);
    if (count > (image ? IMAGES_MAX : DOCUMENTS_MAX))
      return image
        ? `A message has at most ${IMAGES_MAX} images.`
        : `A message has at most ${DOCUMENTS_MAX} documents.`;
    if (file.size > (image ? IMAGE_BYTES_MAX : DOCUMENT_BYTES_MAX))
      return image ? 'An image has at most 3.75 MB.' : 'A document has at most 4.5 MB.';
    return file.size === 0 ? 'The file is empty.' : null;
  });
}

/** Converse allows letters, digits, single spaces, hyphens, parentheses and square brackets in a document's name. */
export const documentName = (name: string): string =>
  name
    .replace(/\.\w+$/, '')
    .replaceAll(/[^\p{ASCII}]|[^\w\s()[\]-]|_/gu, '-')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 190) || 'document';

/** Files as blocks of a message; documents get names that differ. */
export async function blocksOf(files: readonly File[]): Promise<ContentBlock[]> {
  const names = new Set<string>();
  const blocks: ContentBlock[] = [];
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (isImage(file)) {
      blocks.push({ image: { format: IMAGES[extensionOf(file)]!, source: { bytes } } });
      continue;
    }
    const base = documentName(file.name);
    let name = base;
    for (let n = 2; names.has(name); n++) name = `${base} (${n})`;
    names.add(name);
    blocks.push({ document: { name, format: extensionOf(file) as DocumentFormat, source: { bytes } } });
  }
  return blocks;
}
