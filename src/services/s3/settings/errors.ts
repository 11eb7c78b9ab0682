import { AwsError } from '../../../kernel/errors.ts';

/** Errors of S3 that its model does not name, with S3's own texts. */
export const malformedXml = () =>
  new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );

export const invalidRequest = (message: string) => new AwsError('InvalidRequest', message);

/** `name` and `value` are what S3 repeats of the argument it refuses. */
export const invalidArgument = (message: string, name?: string, value?: string) =>
  new AwsError('InvalidArgument', message, 400, {
    ...(name === undefined ? {} : { ArgumentName: name }),
    ...(value === undefined ? {} : { ArgumentValue: value }),
  });

/** A parameter that is part of S3 but not of this stack. */
export const notImplemented = (what: string) =>
  new AwsError('NotImplemented', `${what} is not implemented in Outcrop; see docs/services/s3-settings.md`, 501);

/** `InvalidTag` and the like are 400; settings that were never made are 404 and name the bucket. */
export const missing = (code: string, message: string, bucket: string) =>
  new AwsError(code, message, 404, { BucketName: bucket });

export const accessDenied = (message = 'Access Denied') => new AwsError('AccessDenied', message, 403);
