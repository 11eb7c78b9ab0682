/** Bounds of this engine. Those of the service that shows it are the service's own. */

/** Characters of one expression. */
export const EXPRESSION_CHARACTERS_MAX = 4_096;
/** How deep expressions may nest. */
export const EXPRESSION_DEPTH_MAX = 64;
/** Operators, names and numbers of all rules of a policy together. */
export const POLICY_NODES_MAX = 100_000;
/** Characters of a question and its answers together; beyond them a check is too complex. */
export const CONTENT_CHARACTERS_MAX = 20_000;
/** Statements read out of a question and its answers; beyond them a check is too complex. */
export const STATEMENTS_MAX = 100;
/** Translations that are told apart in one ambiguous finding. */
export const OPTIONS_MAX = 4;
/** Assignments in one scenario. */
export const SCENARIO_STATEMENTS_MAX = 50;
/** Characters of a text that a policy is built from. Source: Bedrock User Guide, "Create your Automated Reasoning policy". */
export const DOCUMENT_CHARACTERS_MAX = 50_000;

/** What the solver may spend on one question, in its own units (a million take about a second): the same answer on every machine. */
export const SOLVER_RESOURCES_MAX = 400_000;
/** MB that the solver may allocate. */
export const SOLVER_MEMORY_MB_MAX = 768;
/** Characters of a script for the solver. */
export const SCRIPT_CHARACTERS_MAX = 8_000_000;

/** How long the process may take for one thing, in ms of real time, before it is ended. */
export const PROCESS_MS_MAX = 60_000;
/** Things that may wait for the process. */
export const PROCESS_WAITING_MAX = 256;
/** Idle ms after which the process ends. */
export const PROCESS_IDLE_MS = 30_000;
