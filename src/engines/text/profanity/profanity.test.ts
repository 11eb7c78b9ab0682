import { describe, expect, it } from 'vitest';
import { seededDraws } from '../harm/draws.fixture.ts';
import { harmless } from '../harm/harmless.fixture.ts';
import { findProfanity, PROFANITY_TEXT_LENGTH_MAX } from './profanity.ts';

const { pick } = seededDraws('profanity');
const matches = (text: string): string[] => findProfanity(text).map(({ match }) => match);

describe('findProfanity', () => {
  it('finds swear words where they stand, as whole words', () => {
    const word = pick(['shit', 'fucking', 'bastard', 'bitches', 'wanker', 'bullshit']);
    const before = `${pick(harmless)} What `;
    const text = `${before}${word}! ${pick(harmless)}`;
    expect(findProfanity(text)).toEqual([{ match: word, start: before.length, end: before.length + word.length }]);
  });

  it.each([
    'sh1t',
    'b!tch',
    '@sshole',
    'a$$',
    'fuuuuck',
    'f u c k',
    'f.u.c.k',
    'f**k',
    'sh*t',
    'ＦＵＣＫ',
    'fυck',
    'FuCk',
  ])('sees through the disguise of %s', (word) => {
    expect(matches(`Oh ${word}, it broke.`)).toEqual([word]);
  });

  it('tells them in order and without overlaps', () => {
    const text = 'Shit! The bastard said "fuck off, motherfucker" and left. Bloody bullshit!';
    const found = findProfanity(text);
    expect(found.map(({ match }) => match)).toEqual(['Shit', 'bastard', 'fuck', 'motherfucker', 'bullshit']);
    found.forEach(({ match, start, end }, at) => {
      expect(text.slice(start, end)).toBe(match);
      expect(start).toBeGreaterThanOrEqual(found[at - 1]?.end ?? 0);
    });
  });

  it.each([
    'Scunthorpe, Penistone and Essex',
    'We assess the class of each cocktail and pass it on.',
    'The assassin hid in the cockpit of the Titanic.',
    'Shiitake and cockles, a classic with grass and brass.',
    'Dickens, Hitchcock, Hancock and Dickinson',
    'Arsenal bought a new bass player? Arsenic, rather.',
    'A blue tit and two great tits on the feeder',
    'Moby Dick and Dick Turpin',
    'There is a chink in the armour.',
    'Prick the potatoes with a fork.',
    'She graduated summa cum laude.',
    'Kung fu lessons for Nigerians and Nigeriens',
    'alter table orders add constraint fk_customer foreign key',
    'fire retardant paint',
    'The therapist and the analyst met at the shuttlecock final.',
    'U.S.A., F.B.I. and a, b, c',
    'sex education, breast cancer, a rape crisis centre, the vagina and the penis',
    '(45$) and 5 * 5 = 25!',
    '',
  ])('lets pass: %s', (text) => {
    expect(matches(text)).toEqual([]);
  });

  it('searches texts up to its bound and refuses longer ones', () => {
    const filler = 'The ferry leaves at seven. ';
    const long = filler.repeat(Math.floor((PROFANITY_TEXT_LENGTH_MAX - 10) / filler.length));
    expect(matches(`${long}bastard`)).toEqual(['bastard']);
    expect(() => findProfanity('a'.repeat(PROFANITY_TEXT_LENGTH_MAX + 1))).toThrow(RangeError);
    for (const input of ['f '.repeat(50_000), '*'.repeat(100_000), '('.repeat(100_000), 'f*'.repeat(50_000)]) {
      expect(Array.isArray(findProfanity(input))).toBe(true);
    }
  });
});
