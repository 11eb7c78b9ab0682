import { GetRandomPasswordCommand, type GetRandomPasswordRequest } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../tests/identities.ts';
import { openSecrets } from './secrets.fixture.ts';

const { secrets, integer, random } = await openSecrets('password');
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const TYPES = { lower: /[a-z]/, upper: /[A-Z]/, number: /[0-9]/, punctuation: /[!-/:-@[-`{-~]/ };

const draw = async (input: GetRandomPasswordRequest = {}) =>
  (await secrets.send(new GetRandomPasswordCommand(input))).RandomPassword!;

describe('GetRandomPassword', () => {
  it('draws 32 characters with one of each type at least, another each time', async () => {
    const drawn = await Promise.all(Array.from({ length: 40 }, () => draw()));
    expect(new Set(drawn).size).toBe(40);
    for (const password of drawn) {
      expect(password).toHaveLength(32);
      expect(password).toMatch(/^[!-~]+$/);
      for (const type of Object.values(TYPES)) expect(password).toMatch(type);
    }
  });

  it('has one of each included type for certain however short it is, wherever it stands', async () => {
    const firsts = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const password = await draw({ PasswordLength: 4 });
      for (const type of Object.values(TYPES)) expect(password).toMatch(type);
      firsts.add(Object.entries(TYPES).find(([, type]) => type.test(password[0]!))![0]);
    }
    expect(firsts.size).toBe(4);
  });

  it('leaves out what it is told to, and only that', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 30; round++) {
      const ExcludeCharacters = Array.from({ length: integer(1, 20) }, () =>
        String.fromCharCode(integer(33, 126)),
      ).join('');
      const [ExcludeLowercase, ExcludeUppercase, ExcludeNumbers, ExcludePunctuation, IncludeSpace] = Array.from(
        { length: 5 },
        () => random() < 0.4,
      ) as [boolean, boolean, boolean, boolean, boolean];
      if (ExcludeLowercase && ExcludeUppercase && ExcludeNumbers && ExcludePunctuation) continue;
      const PasswordLength = integer(4, 400);
      const password = await draw({
        ExcludeCharacters,
        ExcludeLowercase,
        ExcludeUppercase,
        ExcludeNumbers,
        ExcludePunctuation,
        IncludeSpace,
        PasswordLength,
      });
      expect(password).toHaveLength(PasswordLength);
      const out = {
        lower: ExcludeLowercase,
        upper: ExcludeUppercase,
        number: ExcludeNumbers,
        punctuation: ExcludePunctuation,
      };
      for (const [type, isOut] of Object.entries(out))
        if (isOut) expect(password).not.toMatch(TYPES[type as keyof typeof TYPES]);
      for (const character of ExcludeCharacters) expect(password).not.toContain(character);
      if (!IncludeSpace) expect(password).not.toContain(' ');
      for (const character of password) seen.add(character);
    }
    expect(seen.size).toBeGreaterThan(60);
  });

  it('has all 32 punctuation characters, and the space when it is included', async () => {
    const password = await draw({
      PasswordLength: 4096,
      ExcludeLowercase: true,
      ExcludeUppercase: true,
      ExcludeNumbers: true,
      IncludeSpace: true,
    });
    expect([...new Set(password)].sort().join('')).toBe(Array.from(` ${PUNCTUATION}`).sort().join(''));
  });

  it('draws each character as often as another', async () => {
    const password = await draw({
      PasswordLength: 4096,
      ExcludePunctuation: true,
      ExcludeLowercase: true,
      ExcludeUppercase: true,
    });
    const counts = Array.from({ length: 10 }, (_, digit) => password.split(String(digit)).length - 1);
    const expected = 409.6;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 9 degrees of freedom: over 40 once in a hundred thousand runs.
    expect(chiSquare).toBeLessThan(40);
  });

  it('refuses what leaves no character, and what is too short for its types', async () => {
    const all = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true };
    expect((await refusal(draw(all))).name).toBe('InvalidParameterException');
    expect((await refusal(draw({ PasswordLength: 3 }))).name).toBe('InvalidParameterException');
    expect(await draw({ PasswordLength: 3, RequireEachIncludedType: false })).toHaveLength(3);
    expect(await draw({ ...all, IncludeSpace: true, PasswordLength: 5 })).toBe('     ');
  });
});
