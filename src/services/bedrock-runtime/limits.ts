/** Limits of Amazon Bedrock Runtime. Source: Bedrock API Reference, Converse, DocumentBlock, ImageBlock; Bedrock User Guide, quotas. */
export const DOCUMENTS_MAX = 5;
/** Each document. */
export const DOCUMENT_BYTES_MAX = 4.5 * 1024 * 1024;
export const IMAGES_MAX = 20;
/** Each image. */
export const IMAGE_BYTES_MAX = 3.75 * 1024 * 1024;
/** Tool names and ids have their own constraints in the model; `tooluse_` ids that we make have this many characters after it. */
export const TOOL_USE_ID_LENGTH = 22;
/** Texts of one Titan embedding request; longer ones are refused. Source: Bedrock User Guide, Titan Text Embeddings: 8,192 tokens or 50,000 characters. */
export const TITAN_EMBED_CHARACTERS_MAX = 50_000;
/** Source: Bedrock User Guide, Cohere Embed. */
export const COHERE_EMBED_TEXTS_MAX = 96;
export const COHERE_EMBED_CHARACTERS_MAX = 2_048;
/** Characters of one call of ApplyGuardrail or InvokeGuardrailChecks; ours. */
export const GUARDRAIL_CHARACTERS_MAX = 100_000;
