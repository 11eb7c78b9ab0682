/** How a word is bent: what a sentence does with a verb tells threats from reports. */
export type Bend = 'base' | 's' | 'ed' | 'ing' | 'er' | 'ly';

const IRREGULAR: Record<string, [string, Bend]> = {};
for (const [base, forms] of Object.entries({
  shoot: 'shot',
  beat: 'beaten',
  steal: 'stole stolen',
  break: 'broke broken',
  hang: 'hung',
  burn: 'burnt',
  fight: 'fought',
  hide: 'hid hidden',
  throw: 'threw thrown',
  buy: 'bought',
  sell: 'sold',
  teach: 'taught',
  tell: 'told',
  make: 'made',
  get: 'got gotten',
  write: 'wrote written',
  forget: 'forgot forgotten',
  bite: 'bit bitten',
  rip: 'ripped',
  slay: 'slew slain',
  drown: 'drowned',
  forbid: 'forbade forbidden',
  override: 'overrode overridden',
  give: 'gave given',
  take: 'took taken',
  speak: 'spoke spoken',
  say: 'said',
  send: 'sent',
  build: 'built',
  feed: 'fed',
  bleed: 'bled',
  die: 'dying died dies',
  lie: 'lying lied',
  be: 'is are was were been am being',
  have: 'has had having',
  do: 'does did done doing',
  go: 'went gone goes',
  think: 'thought',
  know: 'knew known',
  see: 'saw seen',
  find: 'found',
  drive: 'drove driven',
  ride: 'rode ridden',
  tie: 'tying tied',
  swear: 'swore sworn',
  man: 'men',
  woman: 'women',
  child: 'children',
  person: 'people',
  tooth: 'teeth',
  wife: 'wives',
  knife: 'knives',
  thief: 'thieves',
  mouse: 'mice',
})) {
  for (const form of forms.split(' ')) {
    IRREGULAR[form] = [
      base,
      form.endsWith('ing')
        ? 'ing'
        : /^(men|women|children|people|teeth|wives|knives|thieves|mice|is|has|does|goes|dies)$/.test(form)
          ? 's'
          : 'ed',
    ];
  }
}

/** The forms a word may be a bending of, the word itself first: a few, none longer than the word and a letter. */
export function bases(word: string): [string, Bend][] {
  const found: [string, Bend][] = [[word, 'base']];
  const irregular = Object.hasOwn(IRREGULAR, word) ? IRREGULAR[word] : undefined;
  if (irregular) found.push(irregular);
  const length = word.length;
  if (length < 4) return found;
  const cut = (ending: string, bend: Bend): void => {
    if (!word.endsWith(ending) || length - ending.length < 2) return;
    const stem = word.slice(0, -ending.length);
    found.push([stem, bend]);
    if (bend === 's' || bend === 'ly') return;
    found.push([`${stem}e`, bend]);
    const last = stem.at(-1);
    if (stem.length > 2 && last === stem.at(-2)) found.push([stem.slice(0, -1), bend]);
    if (last === 'i') found.push([`${stem.slice(0, -1)}y`, bend]);
  };
  if (word.endsWith('ies')) found.push([`${word.slice(0, -3)}y`, 's']);
  if (word.endsWith('es')) cut('es', 's');
  if (word.endsWith('s') && !word.endsWith('ss')) cut('s', 's');
  cut('ed', 'ed');
  cut('ing', 'ing');
  cut('in', 'ing');
  cut('er', 'er');
  cut('ers', 'er');
  cut('ly', 'ly');
  return found;
}

/** The word without its bending, for counting words that mean the same together. */
export function stem(word: string): string {
  if (Object.hasOwn(IRREGULAR, word)) return IRREGULAR[word]![0];
  if (word.length < 4) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  let cut = word;
  if (/[^s]s$/.test(cut) && !/(us|is)$/.test(cut)) cut = cut.slice(0, -1);
  if (cut.length > 5 && cut.endsWith('ing')) cut = cut.slice(0, -3);
  else if (cut.length > 4 && cut.endsWith('ed')) cut = cut.slice(0, -2);
  if (cut !== word && cut.length > 3 && cut.at(-1) === cut.at(-2) && !/[lsz]$/.test(cut)) cut = cut.slice(0, -1);
  return cut.length > 3 && cut.endsWith('e') ? cut.slice(0, -1) : cut;
}
