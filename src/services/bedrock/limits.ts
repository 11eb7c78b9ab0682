/** Limits of Amazon Bedrock. Source: AWS General Reference, "Amazon Bedrock endpoints and quotas". */
export const INFERENCE_PROFILES_MAX = 1_000;
/** Custom prompt routers of an account in a region. */
export const PROMPT_ROUTERS_MAX = 500;
/** Provisioned throughputs of an account in a region: ours, AWS counts model units by model. */
export const PROVISIONED_MAX = 100;
/** How long model units take to come into service, and to change to another model, in virtual ms. AWS gives no figure. */
export const PROVISION_MS = 30_000;
/** Entries of a page where the caller does not say. */
export const PAGE_DEFAULT = 100;
