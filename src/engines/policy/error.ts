/** A policy that is none. `message` is in IAM's words; `element` is where it went wrong: `Statement[0].Action`. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly element: string;
  constructor(message: string, element: string) {
    super(message);
    this.element = element;
  }
}
