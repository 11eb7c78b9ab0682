/** The way to a page of this service. */
export const IAM = { text: 'IAM', href: '#/iam' };
export const trailTo = (text: string, path: string) => [IAM, { text, href: `#/iam/${path}` }];
