/** Source: Service Quotas, Amazon Bedrock: prompts per account, versions per prompt. */
export const PROMPTS_MAX = 500;
export const VERSIONS_MAX = 10;
/** Entries of a page when the caller does not say; at most 1,000. */
export const LIST_DEFAULT = 100;
/** Source: API Reference, TagResource. */
export const TAGS_MAX = 200;
