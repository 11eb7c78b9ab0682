import {
  AccessDeniedException,
  AWSOrganizationsNotInUseException,
  ConstraintViolationException,
  HandshakeConstraintViolationException,
  InvalidInputException,
  type ConstraintViolationExceptionReason,
  type HandshakeConstraintViolationExceptionReason,
  type InvalidInputExceptionReason,
} from '@aws-sdk/client-organizations';

/** Members of a modelled error: Organizations writes its text as `Message`. */
export const text = (message: string) => ({ message, Message: message, $metadata: {} });

/** What an account hears that is no member of an organization. */
export const notInUse = () =>
  new AWSOrganizationsNotInUseException(text('Your account is not a member of an organization.'));

/** What a member hears that asks for what only the management account, or a delegated administrator, may. */
export const accessDenied = () =>
  new AccessDeniedException(text("You don't have permissions to access this resource."));

export const invalidInput = (Reason: InvalidInputExceptionReason, message: string) =>
  new InvalidInputException({ ...text(message), Reason });

export const constraint = (Reason: ConstraintViolationExceptionReason, message: string) =>
  new ConstraintViolationException({ ...text(message), Reason });

export const handshakeConstraint = (Reason: HandshakeConstraintViolationExceptionReason, message: string) =>
  new HandshakeConstraintViolationException({ ...text(message), Reason });

/**
 * A violated length, pattern or enum as InvalidInputException with its reason: Organizations does not use ValidationException.
 * Source: API Reference, InvalidInputException.
 */
export function violation(_operation: string, message: string): Error {
  const [, found] = KINDS.find(([kind]) => message.includes(kind)) ?? [];
  if (!found) return invalidInput('INVALID_PATTERN', PATTERN);
  return invalidInput(found[0], found[1]);
}

const PATTERN = 'You provided a value that does not match the required pattern.';
const KINDS: [string, [InvalidInputExceptionReason, string]][] = [
  ['must not be null', ['INPUT_REQUIRED', 'You must include a value for all required parameters.']],
  ['enum value set', ['INVALID_ENUM', 'You specified an invalid value.']],
  ['length less than', ['MAX_LENGTH_EXCEEDED', 'You provided a string parameter that is longer than allowed.']],
  ['length greater than', ['MIN_LENGTH_EXCEEDED', 'You provided a string parameter that is shorter than allowed.']],
  ['value less than', ['MAX_VALUE_EXCEEDED', 'You provided a numeric parameter that has a larger value than allowed.']],
  [
    'value greater than',
    ['MIN_VALUE_EXCEEDED', 'You provided a numeric parameter that has a smaller value than allowed.'],
  ],
];

export const badPattern = () => invalidInput('INVALID_PATTERN', PATTERN);
