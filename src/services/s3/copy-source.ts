import { invalidArgument, notImplemented } from './errors.ts';

export type CopySource = { bucket: string; key: string; versionId?: string };

/** `/bucket/key?versionId=…`, percent-encoded. Throws InvalidArgument; NotImplemented for access points. */
export function readCopySource(source: string): CopySource {
  const invalid = (message: string) => invalidArgument(message, 'x-amz-copy-source', source);
  if (/^\/?arn(:|%3A)/i.test(source)) throw notImplemented('x-amz-copy-source of an access point');
  const [path = '', query] = source.split('?versionId=');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path).replace(/^\//, '');
  } catch {
    throw invalid('Invalid copy source encoding.');
  }
  const slash = decoded.indexOf('/');
  if (slash < 1 || slash === decoded.length - 1) throw invalid('Invalid copy source object key');
  if (query === '') throw invalid('Version id cannot be the empty string');
  return {
    bucket: decoded.slice(0, slash),
    key: decoded.slice(slash + 1),
    ...(query === undefined ? {} : { versionId: decodeURIComponent(query) }),
  };
}
