/**
 * Website endpoints are hosts of their own: `<bucket>.s3-website-<region>.<domain>` or `<bucket>.s3-website.<region>.<domain>`, the domain
 * being `localhost` here, or AWS's own behind a proxy. Source: S3 User Guide, "Website endpoints".
 */
const WEBSITE_HOST =
  /^(.+)\.s3-website(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.(?:localhost|amazonaws\.com(?:\.cn)?)(?::\d+)?$/i;

/** The bucket that a website host names; undefined when it is no website host. */
export function websiteBucket(host: string): string | undefined {
  return WEBSITE_HOST.exec(host)?.[1]?.toLowerCase();
}
