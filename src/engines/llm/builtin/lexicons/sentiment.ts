const weigh = (weight: number, text: string): [string, number][] =>
  text
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => [word, weight]);

/** How pleased (above 0) or displeased (below 0) a word sounds, -3 to 3. Lower case, uninflected where that is enough. */
export const SENTIMENT = new Map<string, number>([
  ...weigh(
    3,
    `excellent amazing awesome fantastic outstanding superb perfect wonderful brilliant magnificent exceptional flawless phenomenal love loved adore
    incredible masterpiece thrilled ecstatic best delighted stellar`,
  ),
  ...weigh(
    2,
    `great good happy nice enjoy enjoyed enjoyable pleased impressed impressive delightful beautiful recommend recommended lovely satisfied friendly
    helpful comfortable delicious charming pleasant fun favorite favourite superior remarkable gorgeous terrific joy joyful glad grateful thank thanks
    thankful excited smooth smoothly tasty elegant reliable winner success successful exceeded praise gem pleasure spotless welcoming generous
    attentive worth intuitive effortless flawlessly crisp stunning vibrant refreshing cozy courteous efficient seamless appreciate appreciated heartwarming superbly`,
  ),
  ...weigh(
    1,
    `fine decent solid fast quick quickly easy clean fresh useful works improved improvement improve better sturdy durable clear polite prompt promptly affordable bargain
    interesting like liked positive quiet bright handy convenient sharp soft warm accurate safe strong gain gains profit growth well timely light responsive neat`,
  ),
  ...weigh(
    -1,
    `slow slowly expensive overpriced noisy loud small cramped confusing confused late delay delayed problem problems issue issues difficult hard lacking lacks mediocre
    missing dull flat cold cheap boring weak wait waited waiting complicated outdated unclear unfortunately negative worse heavy stale bland tired unhelpful faded
    scratched dim sticky fails fail failed failing concern concerns decline loss losses dropped drop lag laggy lags crashes crash crashed stuck error errors bug bugs`,
  ),
  ...weigh(
    -2,
    `bad poor poorly disappointed disappointing disappointment disappoints broke broken annoyed annoying frustrating frustrated frustration rude dirty angry upset unhappy useless faulty
    defective sad ruined waste wasted regret unreliable refund complaint complain leaking leaked leaks damaged unacceptable inedible flimsy ugly unpleasant
    messy unprofessional ignored lost wrong uncomfortable terribly smelly filthy cracked shabby soggy undercooked overcooked misleading painful tasteless dreadfully rip-off cheated unusable
    worried afraid miserable died dead gross greasy shoddy crummy lousy unsafe torn`,
  ),
  ...weigh(
    -3,
    `terrible horrible awful worst disgusting hate hated dreadful atrocious appalling abysmal horrendous pathetic garbage trash scam nightmare disaster
    furious outrageous vile worthless inexcusable horrid disgraceful`,
  ),
]);

export const INTENSIFIERS = new Set(
  'very really extremely absolutely incredibly so totally completely utterly super highly truly too quite deeply'.split(
    ' ',
  ),
);
export const DIMINISHERS = new Set('somewhat slightly fairly rather bit little mildly kind sort'.split(' '));

/** Words of emotions, by the labels that people use. */
export const EMOTIONS: Record<string, string> = {
  joy: 'happy joy delighted thrilled excited love wonderful glad cheerful smiling celebrate celebrated laughing great amazing fantastic ecstatic pleased proud won yay overjoyed',
  happiness:
    'happy joy delighted thrilled excited love wonderful glad cheerful smiling celebrate laughing great amazing overjoyed',
  happy:
    'happy joy delighted thrilled excited love wonderful glad cheerful smiling celebrate laughing great amazing overjoyed',
  sadness:
    'sad cry cried crying tears lonely heartbroken grief miss loss depressed miserable unhappy mourn mourning died funeral hopeless gloomy sorrow weeping',
  sad: 'sad cry cried crying tears lonely heartbroken grief miss loss depressed miserable unhappy mourn died funeral hopeless gloomy sorrow weeping',
  anger:
    'angry furious mad rage outraged annoyed irritated hate livid fuming infuriating unacceptable ridiculous screamed resent',
  angry:
    'angry furious mad rage outraged annoyed irritated hate livid fuming infuriating unacceptable ridiculous screamed resent',
  fear: 'afraid scared terrified fear frightened worried anxious nervous panic dread horror trembling shaking nightmare threat',
  surprise:
    'surprised shocked astonished unexpected suddenly wow unbelievable amazed stunned speechless never expected',
  disgust: 'disgusting gross revolting nauseating vile sickening filthy repulsive yuck rotten stench',
  love: 'love adore cherish darling sweetheart beloved heart affection romantic kiss dear',
};
