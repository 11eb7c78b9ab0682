/** ARNs of S3 name neither region nor account. */
type Place = { partition: string };

export const bucketArn = ({ partition }: Place, bucket = '') => `arn:${partition}:s3:::${bucket}`;
export const objectArn = (place: Place, bucket = '', key = '') => `${bucketArn(place, bucket)}/${key}`;

/** The bucket, and the key where there is one, that an ARN names; undefined when it is none of S3's. */
export function parseS3Arn(arn: string): { bucket: string; key?: string } | undefined {
  const [, bucket, key] = /^arn:[^:]+:s3:::([^/]+)(?:\/(.*))?$/s.exec(arn) ?? [];
  if (bucket === undefined) return undefined;
  return key === undefined ? { bucket } : { bucket, key };
}
