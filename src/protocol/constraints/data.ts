/**
 * What the SDK's run-time schemas leave out of a service: the facts in `<sdk-client-name>.json` beside this file, which
 * `tools/constraints/generate.ts` writes from botocore's service models. Read only by `validate.ts` and by whoever maps
 * errors to HTTP; never edited by hand.
 */
export interface ConstraintData {
  /** Where the facts come from: botocore's version, its directory of the service, the API version. */
  source: string;
  operations: Record<string, OperationFacts>;
  /** Every modelled error, by its shape's name, which is the name of the SDK's exception class. */
  errors: Record<string, ErrorFacts>;
  /** The shapes that inputs are made of, as far as they constrain something; by their name in the model. */
  shapes: Record<string, ShapeFacts>;
  /**
   * Shapes whose pattern no linear-time engine can express as it stands (a backreference, a look-around inside a
   * repeat): such a pattern is not enforced.
   */
  unsupportedPatterns?: string[];
  /**
   * Shapes whose pattern is enforced without the upper end of one of its repeats (RE2 counts to 1,000), where the
   * shape's own `max` does not imply that end.
   */
  relaxedPatterns?: string[];
}

export interface OperationFacts {
  /** The input's shape, when the input constrains anything. */
  input?: string;
  /** The modelled errors that the operation may answer with. */
  errors?: string[];
  deprecated?: boolean;
}

export interface ErrorFacts {
  /** HTTP status. */
  status: number;
  fault: 'client' | 'server';
  /** The code on the wire, when it is not the shape's name (query protocol). */
  code?: string;
}

/**
 * One shape. `min` and `max` bound the length of a string in Unicode code points, of a blob in bytes, of a list or map in
 * elements, and the value of a number; both ends are allowed values.
 */
export interface ShapeFacts {
  type: 'string' | 'blob' | 'integer' | 'float' | 'list' | 'map' | 'structure';
  min?: number;
  max?: number;
  /** In the model's own words: Java's dialect, see `pattern.ts`. */
  pattern?: string;
  enum?: string[];
  /** The value, or something in it, is a secret: it may not appear in a message. */
  sensitive?: boolean;
  /** A list's element, by shape name; absent when it constrains nothing. So are `key` and `value` of a map. */
  member?: string;
  key?: string;
  value?: string;
  /** A structure's members that constrain something, with their shape names. */
  members?: Record<string, string>;
  required?: string[];
  /** Members that a client fills with a random token when the caller does not. */
  idempotencyTokens?: string[];
  deprecated?: string[];
}
