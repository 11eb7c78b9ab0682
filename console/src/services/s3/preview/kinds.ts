/** How an object is shown: by its type, else by what its name ends with. HTML is a text here, never a page. */
export type Kind = 'text' | 'json' | 'csv' | 'image' | 'pdf' | 'audio' | 'video' | 'none';

const IMAGES: Record<string, string> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  gif: 'image/gif',
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
};
const AUDIO: Record<string, string> = {
  aac: 'audio/aac',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
};
const VIDEO: Record<string, string> = { m4v: 'video/mp4', mov: 'video/mp4', mp4: 'video/mp4', webm: 'video/webm' };
const TEXTS = new Set(
  'txt md log html htm xml yaml yml toml ini cfg conf env js mjs cjs ts tsx jsx css py rb go rs java c h cpp cs sh bash sql jsonl ndjson tf dockerfile r kt swift php pl lua ipynb'.split(
    ' ',
  ),
);

/** The kind of an object, and the media type that it is shown as. */
export function kindOf(contentType: string | undefined, name: string): { kind: Kind; type: string } {
  const type = (contentType ?? '').split(';')[0]!.trim().toLowerCase();
  const ending = /\.([\w-]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const told = kindOfType(type);
  if (told !== undefined) return { kind: told, type };
  if (IMAGES[ending]) return { kind: 'image', type: IMAGES[ending] };
  if (AUDIO[ending]) return { kind: 'audio', type: AUDIO[ending] };
  if (VIDEO[ending]) return { kind: 'video', type: VIDEO[ending] };
  if (ending === 'pdf') return { kind: 'pdf', type: 'application/pdf' };
  if (ending === 'json') return { kind: 'json', type: 'application/json' };
  if (ending === 'csv' || ending === 'tsv')
    return { kind: 'csv', type: ending === 'csv' ? 'text/csv' : 'text/tab-separated-values' };
  return { kind: TEXTS.has(ending) || type.startsWith('text/') ? 'text' : 'none', type };
}

function kindOfType(type: string): Kind | undefined {
  if (/^image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml|x-icon)$/.test(type)) return 'image';
  if (type === 'application/pdf') return 'pdf';
  if (type.startsWith('audio/')) return 'audio';
  if (type.startsWith('video/')) return 'video';
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (type === 'text/csv' || type === 'text/tab-separated-values') return 'csv';
  if (
    (type.startsWith('text/') && type !== 'text/plain') ||
    /^application\/(?:javascript|xml|yaml|jsonl|x-ndjson|sql|toml|x-sh)$/.test(type) ||
    type.endsWith('+xml')
  )
    return 'text';
  return undefined;
}
