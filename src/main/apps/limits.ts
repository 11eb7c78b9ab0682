/** Bounds of apps. */
export const APPS_OF_USER_MAX = 100;
export const SHARED_LISTED_MAX = 1_000;
export const WIDGETS_MAX = 24;
export const TITLE_MAX = 60;
export const PROMPT_MAX = 8_000;
export const STATIC_MAX = 20_000;
export const INPUT_MAX = 20_000;
export const DESCRIPTION_MAX = 500;
export const SENTENCE_MAX = 1_000;
/** Characters of a prompt with what its references stand for. */
export const FILLED_MAX = 200_000;
/** Of one document; a request of the management API has them in base64. */
export const DOCUMENT_BYTES_MAX = 2 * 1024 * 1024;
/** Documents that a prompt may hold, as Converse has it. */
export const DOCUMENTS_MAX = 5;
export const CHAT_TURNS_MAX = 40;
export const OUTPUT_TOKENS_MAX = 8_192;
export const OUTPUT_TOKENS_DEFAULT = 1_024;
export const SNAPSHOTS_OF_APP_MAX = 50;
/** Inputs and outputs that a snapshot keeps, as JSON text. */
export const STATE_CHARACTERS_MAX = 12 * 1024 * 1024;
/** Runs that one user may have under way. */
export const RUNS_OF_USER_MAX = 6;
/** A run that has not ended by then is no longer held against its user's credits. */
export const RUN_MS_MAX = 15 * 60 * 1000;
/** What a picture costs; words cost one a token. */
export const CREDITS_OF_PICTURE = 1_000;
/** Words of a prompt that image models take: Nova Canvas 1,024 characters, Titan 512. */
export const PICTURE_PROMPT_MAX = 1_024;
export const TITAN_PICTURE_PROMPT_MAX = 512;

/** What new widgets ask. */
export const TEXT_MODEL = 'amazon.nova-lite-v1:0';
export const IMAGE_MODEL = 'amazon.nova-canvas-v1:0';
