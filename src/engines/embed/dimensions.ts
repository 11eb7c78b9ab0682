/** The length of the model's own vectors. */
export const MODEL_DIMENSIONS = 512;
