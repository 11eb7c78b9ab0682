/** A sentence, another way to say it, and a sentence of the same topic that says something else. */
export type Pair = { text: string; paraphrase: string; other: string };

const WRITTEN = `
How old are you? | What is your age? | How tall are you?
The invoice was paid late. | Payment of the bill was overdue. | The invoice was sent by e-mail.
My laptop will not turn on. | The computer does not start. | The laptop has a bright screen.
Heavy rain is expected tomorrow. | It will pour down the next day. | The sun will shine all week.
The chef cooked a wonderful meal. | Dinner prepared by the cook was delicious. | The restaurant closes at ten.
Our flight was cancelled. | The airline called off the plane trip. | Our seats were next to the window.
How do I reset my password? | I forgot my login code and need a new one. | How do I change my profile picture?
The company fired two hundred workers. | Two hundred employees lost their jobs at the firm. | The company opened an office in Rome.
She speaks three languages fluently. | She is fluent in three tongues. | She teaches mathematics at a school.
The bridge is closed for repairs. | Maintenance work has shut the bridge. | The bridge was painted red in 1950.
Can I return these shoes? | Is it possible to send the footwear back? | Do these shoes come in blue?
The patient has a high temperature. | The sick person is running a fever. | The patient broke a leg last year.
Interest rates rose again. | The cost of borrowing went up once more. | The bank hired a new director.
He was found guilty of theft. | The court convicted him of stealing. | He sold his car to a friend.
The baby is sleeping. | The infant is asleep. | The baby ate an apple.
Where is the nearest train station? | How do I get to the closest railway stop? | When does the train leave?
The film was boring. | I found the movie dull. | The film was shot in Canada.
Please turn down the volume. | Could you make it less loud? | Please turn on the light.
The battery runs out too quickly. | The phone does not hold a charge for long. | The phone has a good camera.
Scientists discovered a new planet. | Astronomers found an unknown world. | Scientists built a faster engine.
The team won the final match. | The championship game was won by the team. | The team bought new shirts.
I would like to cancel my subscription. | Please end my membership. | I would like to give you my new address.
The soup is too salty. | There is too much salt in the broth. | The soup is served in a blue bowl.
Prices of houses are falling. | Homes are getting cheaper. | The house has a large garden.
The dog chased the cat up a tree. | A cat climbed a tree to escape from a dog. | The dog sleeps on the sofa.
The meeting was moved to Friday. | We will meet on Friday instead. | The meeting lasted three hours.
Sea levels are rising because of warming. | Higher temperatures make the oceans rise. | The sea is full of fish.
He quit his job. | He resigned from his position. | He likes his job.
The road is slippery because of ice. | Ice has made the street slick. | The road leads to the village.
She gave birth to twins. | She had two babies at once. | She bought two bicycles.
Vaccines protect people from disease. | Immunisation keeps people from getting ill. | Doctors work long hours.
The lawyer reviewed the contract. | An attorney went through the agreement. | The lawyer went on holiday.
The package has not arrived yet. | I am still waiting for my parcel. | The package is made of paper.
The king died at the age of ninety. | The monarch passed away when he was ninety. | The king visited ninety towns.
The software crashes when I open a file. | Opening a document makes the program stop working. | The software supports many languages.
Children need enough sleep to learn well. | Pupils learn better when they are rested. | Children like to play outdoors.
A fire destroyed the warehouse. | The storehouse burned down. | The warehouse was built of brick.
The museum is free on Sundays. | You do not pay to enter the gallery on Sunday. | The museum shows modern art.
This medicine may make you drowsy. | The drug can cause sleepiness. | This medicine is sold in pharmacies.
The president signed the law. | The bill was signed by the head of state. | The president gave a speech in Paris.
The plant needs little water. | You rarely have to water this flower. | The plant grows up to two metres.
The thief escaped through the window. | The robber got away by climbing out of a window. | The window was cleaned on Monday.
The hotel room was dirty. | Our room at the hotel had not been cleaned. | The hotel is near the beach.
Learning to swim takes time. | It takes a while to learn swimming. | The pool opens at nine.
The economy shrank last quarter. | Gross domestic product fell in the past three months. | The economy teacher is strict.
He apologised for the mistake. | He said sorry for the error. | He noticed the mistake too late.
The car ran out of petrol. | There was no fuel left in the vehicle. | The car has four doors.
They got married in June. | Their wedding was in June. | They moved house in June.
The internet connection is slow. | The web loads very slowly here. | The internet was invented decades ago.
The farmer harvested the wheat. | The grain was brought in by the farmer. | The farmer bought a tractor.
My order arrived broken. | The item I bought was damaged on arrival. | My order cost twenty euros.
The concert was sold out. | There were no tickets left for the show. | The concert began with a song about rain.
Bees are important for pollination. | Many plants depend on bees to reproduce. | Bees live in hives.
The storm left thousands without power. | Thousands lost electricity in the storm. | The storm was named after a river.
The child is afraid of the dark. | Darkness scares the kid. | The child draws with a pencil.
The store gives a discount to students. | Students pay less at this shop. | The store sells garden tools.
The witness refused to answer. | The witness would not say anything. | The witness wore a grey coat.
It is forbidden to smoke here. | Smoking is not allowed in this place. | Smoke came out of the chimney.
The new phone is waterproof. | Water does not harm the latest handset. | The new phone is expensive.
The mountain is covered with snow. | There is snow all over the peak. | The mountain is hard to climb.
`;

/** The hand-written pairs. */
export const writtenPairs: Pair[] = WRITTEN.trim()
  .split('\n')
  .map((line) => {
    const [text, paraphrase, other] = line.split(' | ') as [string, string, string];
    return { text, paraphrase, other };
  });

const NAMES = ['Maria', 'Ahmed', 'Chen', 'Olga', 'Pedro', 'Ingrid', 'Kofi', 'Yuki'];
const GOODS: [string, string][] = [
  ['a bicycle', 'a bike'],
  ['a car', 'an automobile'],
  ['a sofa', 'a couch'],
  ['a film', 'a movie'],
  ['a coat', 'a jacket'],
  ['a lamp', 'a light'],
  ['a mobile phone', 'a cell phone'],
  ['a house', 'a home'],
  ['a television', 'a TV set'],
  ['a violin', 'a fiddle'],
];
const TIMES: [string, string][] = [
  ['yesterday', 'the day before today'],
  ['in the morning', 'before noon'],
  ['last week', 'seven days ago'],
  ['in December', 'shortly before Christmas'],
  ['at midnight', 'at twelve at night'],
  ['every day', 'daily'],
];
type Fill = { name: string; good: [string, string]; time: [string, string]; otherName: string };
const FRAMES: ((fill: Fill) => Pair)[] = [
  ({ name, good, time }) => ({
    text: `${name} bought ${good[0]} ${time[0]}.`,
    paraphrase: `${name} purchased ${good[1]} ${time[1]}.`,
    other: `${name} complained about the noise ${time[0]}.`,
  }),
  ({ name, good, otherName }) => ({
    text: `${name} lent ${good[0]} to ${otherName}.`,
    paraphrase: `${otherName} borrowed ${good[1]} from ${name}.`,
    other: `${name} asked ${otherName} for directions.`,
  }),
  ({ name, good }) => ({
    text: `Why did ${name} not repair ${good[0]}?`,
    paraphrase: `What is the reason that ${good[1]} was not fixed by ${name}?`,
    other: `When did ${name} leave the party?`,
  }),
  ({ name, good, time }) => ({
    text: `${name} wants to sell ${good[0]} that was delivered ${time[0]}.`,
    paraphrase: `${name} is looking for a buyer for ${good[1]} that arrived ${time[1]}.`,
    other: `${name} goes jogging in the park ${time[0]}.`,
  }),
];

/** Pairs made from sentence frames and synonyms; the same for the same seed. */
export function generatedPairs(count: number, seed: number): Pair[] {
  let state = seed >>> 0;
  const pick = <T>(list: readonly T[]): T => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return list[Math.floor((state / 4_294_967_296) * list.length)]!;
  };
  const pairs = new Map<string, Pair>();
  while (pairs.size < count) {
    const pair = pick(FRAMES)({
      name: pick(NAMES),
      good: pick(GOODS),
      time: pick(TIMES),
      otherName: pick(['Lars', 'Amina', 'Dmitri', 'Rosa']),
    });
    pairs.set(pair.text, pair);
  }
  return [...pairs.values()];
}
