import { AwsError } from '../../kernel/errors.ts';
import { invalidArgument, invalidRequest, malformedXml } from './errors.ts';

/** S3 has no common validation error: each parameter has its own. Texts as S3 answers them. */
const OWN: Record<string, (value: string | undefined) => Error> = {
  aCL: (value) => invalidArgument('', 'x-amz-acl', value),
  checksumAlgorithm: () =>
    invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    ),
  checksumType: (value) => invalidRequest(`Value for x-amz-checksum-type header is invalid: ${value}`),
  copySource: (value) =>
    invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      value,
    ),
  encodingType: (value) => invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', value),
  metadataDirective: (value) => invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', value),
  taggingDirective: (value) => invalidArgument('Unknown tagging directive.', 'x-amz-tagging-directive', value),
  objectAttributes: () => invalidArgument('Invalid attribute name specified.'),
  objectLockLegalHoldStatus: (value) =>
    invalidArgument('Legal Hold must be either of ON or OFF', 'x-amz-object-lock-legal-hold', value),
  objectLockMode: (value) => invalidArgument('Unknown wormMode directive.', 'x-amz-object-lock-mode', value),
  objectOwnership: (value) => invalidArgument('Invalid x-amz-object-ownership header', 'x-amz-object-ownership', value),
  serverSideEncryption: (value) =>
    invalidArgument('The encryption method specified is not supported', 'x-amz-server-side-encryption', value),
  storageClass: (value) =>
    new AwsError('InvalidStorageClass', 'The storage class you specified is not valid', 400, {
      StorageClassRequested: value ?? '',
    }),
};

/** The error of the first constraint that an input of S3 violates. */
export function violation(_operation: string, message: string): Error | undefined {
  const [, value, path = ''] = /detected: Value(?: '(.*?)'| null)? at '([^']*)' failed/s.exec(message) ?? [];
  // What lies deeper than a parameter came in an XML body.
  if (path.includes('.'))
    return path.startsWith('objectAttributes.') ? OWN['objectAttributes']!(value) : malformedXml();
  const own = OWN[path];
  if (own) return own(value);
  if (value === undefined) return malformedXml();
  return invalidArgument(`Invalid value for ${path}`, path, value);
}
