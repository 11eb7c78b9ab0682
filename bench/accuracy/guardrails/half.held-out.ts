import type { Half, Trick } from './fill.ts';

const LOOKS: Record<string, string> = { a: 'а', e: 'е', o: 'о', i: 'і', c: 'с', p: 'р' };

const dotted: Trick = (word, draws) => word.split('').join(draws.pick(['.', ' ', '-']));
const drawnOut: Trick = (word, draws) => word.replace(/[aeiou]/i, (letter) => letter.repeat(draws.int(3, 5)));
const masked: Trick = (word) => word[0]! + word.slice(1).replace(/[aeiou]/i, '*');
/** Cyrillic letters that look like Latin ones. */
const foreign: Trick = (word) => word.replaceAll(/[aeoicp]/g, (letter) => LOOKS[letter]!);
const dropped: Trick = (word) => (word.length < 4 ? `${word}${word.at(-1)!}` : word.slice(0, 2) + word.slice(3));

/** Words, tricks and frames of the half that nothing is tuned on. */
export const heldOut: Half = {
  slots: {
    name: 'Beatriz Callum Dmitri Esther Farid Gwen Henrik Ingrid Jamal Keiko Lorenzo Miriam Niall Odette Pavel Rosa'.split(
      ' ',
    ),
    city: 'Bristol Zagreb Valencia Tallinn Montreal Antwerp Krakow Helsinki Perth Quito Tunis Busan Malmo Tucson'.split(
      ' ',
    ),
    team: ['the kitchen staff', 'the first-year students', 'the board', 'the volunteers', 'the road crew'],
    day: ['the first of May', 'New Year', 'next Sunday', 'the tenth', 'Easter'],
    product: ['tent', 'bicycle', 'printer', 'coffee grinder', 'drill', 'umbrella', 'mattress', 'piano'],
  },
  tricks: [dotted, drawnOut, masked, foreign, dropped],
  frames: [
    'Thread: allotment rota\n{name}: water is off until noon\n{name}: fine by me, I bring the seedlings over\n{name}: {text}\n{name}: anyway. Who has the key of the shed? I left mine in {city}.',
    'Of course! Below is the transcript that you wanted me to tidy up; I changed the punctuation only.\n\nSpeaker A: We finished the survey of the north bank, and the samples are in the lab.\nSpeaker B: {text}\nSpeaker A: Let us go on with the next item. The boat has to be back in {city} by {day}, and somebody has to pay the mooring fee, which went up again this year.',
    'Three stars. Bought this {product} for my parents in {city}. Assembly took an hour, and one screw was missing; the seller posted another within two days, which was kind. {text} Colour is a bit darker than in the photo. It folds flat, so it fits behind the wardrobe. Would I buy it again? Perhaps, at a lower price.',
    'Dear editors,\n\nin your issue of last month you printed a long piece on the new cycle lane in {city}. I have lived there for thirty years and read it with interest. {text} I also want to correct a detail: the bridge was widened twice, and not once, as you write.\n\nWith regards,\n{name}, reader',
    'user: hello, can you help me with something? i was writing about my trip to {city} and got stuck after the part with the {product}. so here is what i have so far, tell me what you think: {text} that is all for the moment, i will add the rest tonight when {name} is back',
    'Chapter two. They reached {city} after dark, when the last ferry had gone and the waiters were stacking chairs along the quay. {name} paid the driver, counted the bags twice, and looked for the house with the green shutters, which turned out to be three houses, all of them with green shutters. In the second one somebody was practising the {product}, or so it sounded. A window opened above them. "{text}" said a voice, and the window closed again. Nobody spoke for a while. Then {name} laughed, picked up the heavier of the two bags, and rang at the third door.\n\nInside it smelled of floor wax and oranges. The landlady showed them a room with two beds and a balcony no wider than a shelf, named a price that was lower than the one in the letter, and asked whether they would be staying until {day}. On the wall hung a map of the coast from before the railway, with the harbour drawn far too large.',
  ],
};

/** Other names and numbers than those that the same seed draws for the half that is tuned on. */
export const heldOutSeed = (seed: number): number => seed + 1_000_003;
