/**
 * How often the invisible mark of generated pictures is found: as they were made, after JPEG, at half and other sizes, cropped, and edited in
 * a part; how often it is found where there is none; and how long marking and looking take. Prints a Markdown table.
 *
 *   npx tsx bench/accuracy/pictures/run.ts [seed] [photograph, PNG or JPEG, …]
 *
 * Pictures are drawn, of each kind one of 512 and one of 1,024 pixels a side. Takes some five minutes.
 */
import { readFileSync } from 'node:fs';
import jpeg from 'jpeg-js';
import { decode } from '../../../src/engines/pictures/codec.ts';
import { cropped, drawing, DRAWING_KINDS, scaled } from '../../../src/engines/pictures/drawings.fixture.ts';
import type { Pixels } from '../../../src/engines/pictures/pixels.ts';
import { detect, mark } from '../../../src/engines/pictures/watermark.ts';
import { generator } from '../../../src/kernel/ids.ts';

const seed = Number(process.argv[2] ?? 20_261_120);
const random = generator(`pictures ${seed}`);
const SIDES = [512, 1_024];

const copied = (picture: Pixels): Pixels => ({ ...picture, data: picture.data.slice() });
const compressed = async (picture: Pixels, quality: number): Promise<Pixels> =>
  decode(jpeg.encode({ ...picture, data: Buffer.from(picture.data) }, quality).data);

function middle(picture: Pixels, share: number): Pixels {
  const [wide, high] = [Math.floor(picture.width * share), Math.floor(picture.height * share)];
  const [x, y] = [Math.floor(random() * (picture.width - wide)), Math.floor(random() * (picture.height - high))];
  return cropped(picture, x, y, wide, high);
}

/** Only a square of a half by a half of the picture is marked. */
function partly(plain: Pixels): Pixels {
  const { width, height } = plain;
  const changed = new Uint8Array(width * height);
  const [left, top] = [Math.floor((random() * width) / 2), Math.floor((random() * height) / 2)];
  for (let y = top; y < top + height / 2; y++) changed.fill(1, y * width + left, y * width + left + width / 2);
  const out = copied(plain);
  mark(out, changed);
  return out;
}

const wholly = (plain: Pixels): Pixels => {
  const out = copied(plain);
  mark(out);
  return out;
};

const ways: Record<string, (plain: Pixels) => Pixels | Promise<Pixels>> = {
  'as made': wholly,
  'JPEG 75': (plain) => compressed(wholly(plain), 75),
  'JPEG 50': (plain) => compressed(wholly(plain), 50),
  'cropped to half of each side': (plain) => middle(wholly(plain), 0.5),
  'cropped, JPEG 75': (plain) => compressed(middle(wholly(plain), 0.5), 75),
  'three quarters the size': (plain) => scaled(wholly(plain), 0.75),
  halved: (plain) => scaled(wholly(plain), 0.5),
  'halved, JPEG 75': (plain) => compressed(scaled(wholly(plain), 0.5), 75),
  'one and a half times the size': (plain) => scaled(wholly(plain), 1.5),
  'marked in a quarter': partly,
  'marked in a quarter, JPEG 75': (plain) => compressed(partly(plain), 75),
};

const given: [string, Pixels][] = [];
for (const path of process.argv.slice(3)) given.push(['photograph', await decode(readFileSync(path))]);
for (const side of SIDES)
  for (const kind of DRAWING_KINDS) given.push([`${kind} ${side}`, drawing(kind, side, side, random)]);

const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;

console.log(
  `seed ${seed}, ${given.length} pictures\n\n| pictures | found | least score | not found |\n| --- | --- | --- | --- |`,
);
for (const [name, way] of Object.entries(ways)) {
  const missed: string[] = [];
  let least = Infinity;
  for (const [kind, plain] of given) {
    const { found, score } = detect(await way(plain));
    least = Math.min(least, score);
    if (!found) missed.push(`${kind} (${score})`);
  }
  console.log(`| ${name} | ${given.length - missed.length} of ${given.length} | ${least} | ${missed.join(', ')} |`);
}
let most = 0;
let alarms = 0;
let looks = 0;
for (const [, plain] of given) {
  for (const picture of [plain, await compressed(plain, 75), scaled(plain, 0.5)]) {
    const { found, score } = detect(picture);
    most = Math.max(most, score);
    looks += 1;
    if (found) alarms += 1;
  }
}
console.log(`\nWithout a mark: found in ${alarms} of ${looks}; greatest score ${most}.`);

const large = drawing('scene', 1_024, 1_024, random);
const times = { marking: [] as number[], found: [] as number[], absent: [] as number[] };
for (let i = 0; i < 5; i++) {
  const marked = copied(large);
  let from = performance.now();
  mark(marked);
  times.marking.push(performance.now() - from);
  from = performance.now();
  detect(marked);
  times.found.push(performance.now() - from);
  from = performance.now();
  detect(large);
  times.absent.push(performance.now() - from);
}
for (const [what, list] of Object.entries(times)) console.log(`1024 x 1024, ${what}: ${Math.round(median(list))} ms`);
