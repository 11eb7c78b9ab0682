/** Random draws of one printed seed: names, numbers and words that a canned answer cannot know. */
export type Draws = {
  int(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  some<T>(list: readonly T[], count: number): T[];
  chance(share: number): boolean;
  person(): string;
  surname(): string;
  firm(): string;
  city(): string;
  money(): { text: string; value: number };
  date(): { text: string; iso: string; year: number };
  year(): number;
  product(): string;
  email(name?: string): string;
  phone(): string;
  id(prefix?: string): string;
};

const FIRST =
  'Maria Jonas Priya Oscar Hanna Luis Tomoko Erik Amina Felix Greta Samuel Ines Viktor Clara Daniel Yuki Martha Kofi Elena Hugo Nadia Peter Sofia Marcus Lena Omar Julia Anders Beatrice Rajesh Wilma'.split(
    ' ',
  );
const LAST =
  'Oakhurst Lindqvist Tanaka Moreau Ferreira Okafor Brandt Castellan Whitlow Sorensen Varga Delacroix Hargreave Petrov Nakamura Aldous Bianchi Kowalski Redfern Ashdown Marlowe Eklund Torvald Quintana Vasquez Holloway Iversen Baptiste Rowntree Sandoval Thackeray Ullman'.split(
    ' ',
  );
const FIRMS_A =
  'Aurora Borealis Copper Delta Ember Falcon Granite Harbor Ivory Juniper Kestrel Lumen Meridian Nimbus Orchid Pinnacle Quartz Redwood Sable Tundra Umbra Vertex Willow Zenith'.split(
    ' ',
  );
const FIRMS_B =
  'Dynamics Systems Foods Robotics Textiles Logistics Pharma Energy Motors Analytics Instruments Ceramics Software Airlines Partners Labs'.split(
    ' ',
  );
const CITIES =
  'Lisbon Oslo Turin Gdansk Lyon Seville Bergen Ghent Tallinn Porto Leipzig Nairobi Osaka Toronto Denver Montreal Brisbane Krakow Helsinki Antwerp Bristol Zagreb Valencia Austin'.split(
    ' ',
  );
const PRODUCTS_A = 'Solo Nova Terra Aero Pico Volt Luma Orbit Zephyr Mira Kito Rondo'.split(' ');
const PRODUCTS_B = 'Kettle Lamp Drone Speaker Blender Camera Heater Scooter Router Printer Backpack Keyboard'.split(
  ' ',
);
const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** Draws from `seed`; the same seed draws the same. */
export function drawsOf(seed: number): Draws {
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(list: readonly T[]): T => list[int(0, list.length - 1)] as T;
  const some = <T>(list: readonly T[], count: number): T[] => {
    const left = [...list];
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(int(0, left.length - 1), 1)[0] as T);
  };
  const person = (): string => `${pick(FIRST)} ${pick(LAST)}`;
  return {
    int,
    pick,
    some,
    chance: (share) => random() < share,
    person,
    surname: () => pick(LAST),
    firm: () => `${pick(FIRMS_A)} ${pick(FIRMS_B)}`,
    city: () => pick(CITIES),
    money() {
      const value = int(2, 980) * pick([10, 100, 1000]);
      return { text: `$${value.toLocaleString('en-US')}`, value };
    },
    date() {
      const year = int(2015, 2026);
      const month = int(1, 12);
      const day = int(1, 28);
      return {
        text: pick([`${day} ${MONTHS[month - 1]} ${year}`, `${MONTHS[month - 1]} ${day}, ${year}`]),
        iso: `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`,
        year,
      };
    },
    year: () => int(1890, 2019),
    product: () => `${pick(PRODUCTS_A)} ${pick(PRODUCTS_B)}`,
    email: (name) =>
      `${(name ?? person()).toLowerCase().replace(' ', '.')}@${pick(['example', 'corp', 'mailbox', 'post'])}.${pick(['com', 'org', 'net', 'io'])}`,
    phone: () => `+${int(1, 49)} ${int(100, 999)} ${int(100, 999)} ${int(1000, 9999)}`,
    id: (prefix = pick(['A', 'ORD', 'TX', 'INV', 'CS'])) => `${prefix}-${int(1000, 99999)}`,
  };
}
