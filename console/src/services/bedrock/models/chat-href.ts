/** The chat playground with a model chosen. */
export const chatHref = (modelId: string): string => `#/bedrock/chat?model=${encodeURIComponent(modelId)}`;
