/** Names, addresses and words of S3 that its pages share. */

/** The page of a bucket; `tab` and `prefix` are where on it. */
export function bucketHref(bucket: string, where: { tab?: string; prefix?: string } = {}): string {
  const search = new URLSearchParams();
  if (where.tab !== undefined) search.set('tab', where.tab);
  if (where.prefix !== undefined && where.prefix !== '') search.set('prefix', where.prefix);
  const text = search.toString();
  return `#/s3/buckets/${bucket}${text === '' ? '' : `?${text}`}`;
}

/** The page of an object, or of one version of it. */
export function objectHref(bucket: string, key: string, versionId?: string): string {
  const search = new URLSearchParams({ key });
  if (versionId !== undefined) search.set('version', versionId);
  return `#/s3/buckets/${bucket}/object?${search}`;
}

/** `a/b/c.txt` → `c.txt`, `a/b/` → `b/`. */
export function nameOf(key: string): string {
  const end = key.endsWith('/') ? key.length - 1 : key.length;
  return key.slice(key.lastIndexOf('/', end - 1) + 1);
}

/** `a/b/c.txt` → `a/b/` */
export const folderOf = (key: string): string => key.slice(0, key.length - nameOf(key).length);

export const objectArn = (bucket: string, key: string): string => `arn:aws:s3:::${bucket}/${key}`;

/** An object, or one version of it. */
export type ObjectProps = { bucket: string; objectKey: string; version: string | undefined };

/** What CopyObject names its source by. */
export const copySource = (bucket: string, key: string, versionId?: string): string =>
  `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}${versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`}`;

/** Keys as lists give them under `EncodingType: 'url'`: XML has no place for some characters that keys may have. */
export const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));

/** Source: Amazon S3 User Guide, Storage classes. */
export const STORAGE_CLASSES: { value: string; label: string; description: string }[] = [
  { value: 'STANDARD', label: 'Standard', description: 'Read often' },
  { value: 'INTELLIGENT_TIERING', label: 'Intelligent-Tiering', description: 'Read now and then, nobody knows when' },
  { value: 'STANDARD_IA', label: 'Standard-IA', description: 'Read about once a month, at once' },
  { value: 'ONEZONE_IA', label: 'One Zone-IA', description: 'As Standard-IA, in one availability zone' },
  { value: 'GLACIER_IR', label: 'Glacier Instant Retrieval', description: 'Read about once a quarter, at once' },
  { value: 'GLACIER', label: 'Glacier Flexible Retrieval', description: 'Archived; restored within minutes to hours' },
  { value: 'DEEP_ARCHIVE', label: 'Glacier Deep Archive', description: 'Archived; restored within 9 to 48 hours' },
];

/** `STANDARD_IA` → `Standard-IA` */
export const storageClassText = (storageClass: string | undefined): string =>
  STORAGE_CLASSES.find(({ value }) => value === (storageClass ?? 'STANDARD'))?.label ?? storageClass!;

/** Whether objects of a class are restored before they are read. */
export const isArchived = (storageClass: string | undefined): boolean =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';

const PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** What is wrong with a name of a bucket. Source: Amazon S3 User Guide, General purpose bucket naming rules. */
export function faultOfName(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return 'A name has 3 to 63 characters.';
  if (!/^[a-z0-9.-]+$/.test(name)) return 'A name has lowercase letters, numbers, dots and hyphens.';
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return 'A name begins and ends with a letter or a number.';
  if (name.includes('..')) return 'A name does not have two dots in a row.';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return 'A name does not look like an IP address.';
  const prefix = PREFIXES.find((one) => name.startsWith(one));
  if (prefix !== undefined) return `A name does not begin with ${prefix}.`;
  const suffix = SUFFIXES.find((one) => name.endsWith(one));
  if (suffix !== undefined) return `A name does not end with ${suffix}.`;
  return undefined;
}

/** Source: Amazon S3 User Guide, Categorizing your objects using tags. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** What is wrong with tags: of an object at most 10, of a bucket 50. */
export function faultOfTags(tags: readonly { Key: string; Value: string }[]): string | undefined {
  const keys = tags.map(({ Key }) => Key);
  if (keys.includes('')) return 'Each tag has a key.';
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) return `The key ${twice} is there twice.`;
  const odd = tags.find(({ Key, Value }) => !TAG_TEXT.test(Key) || !TAG_TEXT.test(Value));
  if (odd) return `Tags have letters, digits, spaces and _ . : / = + - @: ${odd.Key} has something else.`;
  const long = tags.find(({ Key, Value }) => Key.length > 128 || Value.length > 256);
  if (long) return `Keys have 128 characters at most and values 256: ${long.Key.slice(0, 20)}… is longer.`;
  const reserved = keys.find((key) => key.toLowerCase().startsWith('aws:'));
  return reserved === undefined ? undefined : `Keys that begin with aws: are AWS's own: ${reserved}.`;
}

/** Tags as the header of an upload has them. */
export const tagging = (tags: readonly { Key: string; Value: string }[]): string =>
  new URLSearchParams(tags.map(({ Key, Value }) => [Key, Value])).toString();
