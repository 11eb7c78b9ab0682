/** Limits of guardrails. Source: AWS General Reference, "Amazon Bedrock endpoints and quotas", Guardrails. */
export const GUARDRAILS_MAX = 100;
export const VERSIONS_MAX = 20;
export const TOPICS_MAX = 30;
export const WORDS_MAX = 10_000;
export const REGEXES_MAX = 10;
/** Source: API Reference, ListGuardrails. */
export const LIST_DEFAULT = 100;
/** Source: API Reference, ListEnforcedGuardrailsConfiguration. */
export const ENFORCED_MAX = 1;
