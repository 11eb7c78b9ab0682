/** A model that cannot be taken over; the text says why. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}
