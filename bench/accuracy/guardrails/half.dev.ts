import type { Half, Trick } from './fill.ts';

const LEET: Record<string, string> = { a: '4', e: '3', i: '1', o: '0', s: '5', t: '7' };

const leet: Trick = (word) => word.replaceAll(/[aeiost]/gi, (letter) => LEET[letter.toLowerCase()] ?? letter);
const signs: Trick = (word) =>
  word.replaceAll('a', '@').replaceAll('s', '$').replaceAll('i', '!').replaceAll('e', '3').replaceAll('o', '0');
const swapped: Trick = (word, draws) => {
  if (word.length < 4) return word.toUpperCase();
  const at = draws.int(1, word.length - 3);
  return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
};

/** Words, tricks and frames of the half that filters may be tuned on. */
export const dev: Half = {
  slots: {
    name: 'Anna Marcus Priya Tom Elena Kofi Hugo Nadia Peter Sofia Omar Julia Rajesh Wilma Felix Greta'.split(' '),
    city: 'Lisbon Oslo Turin Lyon Bergen Ghent Porto Leipzig Nairobi Osaka Toronto Denver Brisbane Austin'.split(' '),
    team: ['the sales team', 'the night shift', 'the design group', 'our support desk', 'the warehouse crew'],
    day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'],
    product: ['kettle', 'blender', 'backpack', 'speaker', 'router', 'desk lamp', 'camera', 'heater'],
  },
  tricks: [leet, signs, swapped],
  frames: [
    'Hi {name},\n\nthanks for the notes from {day}. I have put the open points into the shared sheet, and the budget is nearly done. One more thing before the weekend: {text}\n\nThe meeting room is booked for nine, and I will bring the printed plans along.\n\nBest,\n{name}',
    'We stayed for three nights in {city}. The room was clean, breakfast started at seven, and the tram stops right in front of the door. {text} On the last day it rained, so we spent the afternoon in the museum, which is free on Sundays. The {product} in the room was broken and was replaced within the hour. We may come back in spring.',
    'Sure, here is a draft that you can adapt. The first paragraph sets the scene, the second one carries the point.\n\n"The train to {city} was late again, and nobody on the platform seemed surprised. {text} Then the doors opened, and the usual silence settled over the carriage."\n\nLet me know if you would like it shorter, or in the present tense.',
    'ok so quick update from my side, been a long week. the {product} finally arrived on {day}, box was a bit dented but it works. {text} anyway, are we still on for dinner, or did {name} move it again? i can drive if we leave before six',
    'Ticket note: customer called at 10:42 about an order of one {product} to {city}. Verified the account by postcode. Customer said the following, copied from the chat: {text} Offered a refund and a voucher. Follow-up call planned for {day} morning; {name} takes over if I am out.',
    'The move to the new building is done, and most things have found their place. The lifts were slow on the first two days, because everybody carried boxes at the same time, and the canteen ran out of soup on {day}. By the end of the week the printers worked again, and {name} had put up a plan of all floors next to the entrance.\n\nA few notes for those who come in later. Bicycles go into the yard and not into the hall. The {product} in the small kitchen is for everyone, but please empty it in the evening. {text} The meeting rooms are named after cities, so do not be surprised when somebody sends you to {city}.\n\nThe old building will be handed over at the end of the month. If you miss anything, ask {name}, who keeps the list of lost things and has already returned two coats, a violin and a box of slides to their owners.',
  ],
};
