/**
 * Limits of Automated Reasoning policies. Source: AWS General Reference, "Amazon Bedrock endpoints and quotas", as remembered; those on
 * the parts of a request are enforced from the API's own model.
 */
export const POLICIES_MAX = 100;
export const VERSIONS_MAX = 1_000;
export const TEST_CASES_MAX = 100;
/** Builds of one policy under way at a time. */
export const BUILDS_RUNNING_MAX = 2;
/** Builds of one policy that are kept, so that a policy stays bounded; AWS tells no number. */
export const BUILDS_KEPT_MAX = 100;
/** Entries of a page. Source: API Reference, ListAutomatedReasoningPolicies. */
export const LIST_DEFAULT = 100;
/** Rules for which scenarios and test cases are generated in one build. */
export const SCENARIO_RULES_MAX = 100;
/** Characters of a generated test's content. Source: API Reference, AutomatedReasoningPolicyTestCase. */
export const GUARD_CONTENT_CHARACTERS_MAX = 2_048;
