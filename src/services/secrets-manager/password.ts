import { randomInt } from 'node:crypto';
import type { Handlers } from '../../kernel/service.ts';
import { invalidParameter } from './errors.ts';
import { PASSWORD_LENGTH_DEFAULT } from './limits.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const UPPERCASE = LOWERCASE.toUpperCase();
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

const pick = (characters: string) => characters[randomInt(characters.length)]!;

/**
 * A password of the system's random numbers. One character of each type that is included is certain, unless it is said not to be; the rest,
 * and the order, are uniform. Source: API Reference, GetRandomPassword.
 */
export const GetRandomPassword: SecretsManager['GetRandomPassword'] = (_call, input) => {
  const length = input.PasswordLength ?? PASSWORD_LENGTH_DEFAULT;
  const excluded = new Set(input.ExcludeCharacters);
  const allowed = (characters: string) =>
    Array.from(characters)
      .filter((one) => !excluded.has(one))
      .join('');
  const types = [
    input.ExcludeLowercase ? '' : allowed(LOWERCASE),
    input.ExcludeUppercase ? '' : allowed(UPPERCASE),
    input.ExcludeNumbers ? '' : allowed(NUMBERS),
    input.ExcludePunctuation ? '' : allowed(PUNCTUATION),
  ].filter((type) => type !== '');
  const all = types.join('') + (input.IncludeSpace ? allowed(' ') : '');
  if (all === '') throw invalidParameter('The request excludes all characters that a password could have.');
  const required = input.RequireEachIncludedType === false ? [] : types;
  if (length < required.length)
    throw invalidParameter(
      `PasswordLength ${length} is too short for one character of each of the ${required.length} included types.`,
    );
  const password = required.map(pick);
  while (password.length < length) password.push(pick(all));
  for (let at = password.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [password[at], password[other]] = [password[other]!, password[at]!];
  }
  return { RandomPassword: password.join('') };
};
