/** A source, an answer that it bears out in other words, the same with something false, a query, and an answer beside the point. */
export type GroundingCase = {
  source: string;
  query: string;
  faithful: string[];
  planted: string[];
  beside: string;
};

export const groundingCases: GroundingCase[] = [
  {
    source:
      'The Tidewater bridge was finished in 1932 after four years of work. It was designed by Laura Meck and spans 410 metres. Trucks over 20 tonnes are not allowed on it. The toll was abolished in 1971. Engineers inspect the cables twice a year.',
    query: 'Who designed the Tidewater bridge and how long is it?',
    faithful: [
      'Laura Meck designed the bridge, which is 410 metres long.',
      'The bridge was completed in 1932.',
      'Heavy trucks of more than 20 tonnes may not cross it.',
      'The cables are checked two times a year.',
      'Drivers no longer pay a toll since 1971.',
    ],
    planted: [
      'The bridge is 460 metres long.',
      'The bridge was designed by Peter Hale.',
      'Trucks over 20 tonnes are allowed on it.',
      'The toll was introduced in 1971.',
      'It was painted red by volunteers.',
      'Engineers inspect the cables every month.',
    ],
    beside: 'The toll was abolished in 1971.',
  },
  {
    source:
      'Employees may work from home up to two days a week. Requests go to the team lead, who answers within five working days. Laptops are provided by the IT department. Private phones must not be used for customer calls. The rule was introduced in March 2021 and applies to all offices except Geneva.',
    query: 'How many days may I work from home, and whom do I ask?',
    faithful: [
      'You can work from home two days per week at most.',
      'Ask your team lead, who replies within five working days.',
      'The IT department provides the laptops.',
      'Customer calls must not be made with private phones.',
      'The rule does not apply to Geneva.',
    ],
    planted: [
      'You can work from home four days a week.',
      'Requests go to the personnel office.',
      'Private phones may be used for customer calls.',
      'The rule applies to Geneva only.',
      'The company pays for your internet connection.',
      'The rule was introduced in May 2019.',
    ],
    beside: 'Laptops are provided by the IT department.',
  },
  {
    source:
      'Marta Olsen sold her bakery to Jan Visser in 2018. Visser kept all twelve bakers and opened a second shop near the harbour. Sales fell in the first year but have risen every year since. The most popular bread is a rye loaf with seeds. Olsen now teaches baking at a school in Ghent.',
    query: 'Who bought the bakery, and when?',
    faithful: [
      'Jan Visser bought the bakery from Marta Olsen in 2018.',
      'All twelve bakers stayed after the sale.',
      'Visser opened another shop close to the harbour.',
      'The best-selling bread is a rye loaf.',
      'Olsen works as a baking teacher in Ghent.',
    ],
    planted: [
      'Marta Olsen bought the bakery from Jan Visser in 2018.',
      'Visser dismissed the twelve bakers.',
      'Sales rose in the first year.',
      'Olsen now teaches baking at a school in Bruges.',
      'The second shop sells coffee machines.',
      'The most popular bread is a wheat loaf.',
    ],
    beside: 'The most popular bread is a rye loaf with seeds.',
  },
  {
    source:
      'The vaccine is given in two doses, six weeks apart. It protects 92 percent of adults for at least five years. People with a fever should wait until they have recovered. The injection can cause a sore arm and a mild headache. It must be stored between 2 and 8 degrees and must not be frozen.',
    query: 'How many doses are needed, and how well does the vaccine protect?',
    faithful: [
      'Two doses are given six weeks apart.',
      '92% of adults are protected for five years or more.',
      'If you have a fever, wait until you are well again.',
      'Possible side effects are a sore arm and a light headache.',
      'Do not freeze the vaccine.',
    ],
    planted: [
      'Three doses are given six weeks apart.',
      'It protects 29 percent of adults.',
      'People with a fever can be vaccinated at once.',
      'The vaccine can be frozen.',
      'It also protects against malaria.',
      'The injection can cause hair loss.',
    ],
    beside: 'The vaccine must be stored between 2 and 8 degrees.',
  },
  {
    source:
      'Guests can check in from 3 pm and must leave the room by 11 am. Pets cost 15 euros per night. The pool is open from May to September and is heated. Smoking is forbidden in all rooms; a fine of 200 euros is charged otherwise. Bicycles can be rented at the reception.',
    query: 'When can I check in, and when do I have to leave?',
    faithful: [
      'Check-in starts at 3 pm, and check-out is until 11 am.',
      'You pay 15 euros a night for a pet.',
      'The heated pool is open between May and September.',
      'You may not smoke in the rooms.',
      'The reception rents out bicycles.',
    ],
    planted: [
      'Guests can check in from 1 pm.',
      'Pets stay free of charge.',
      'The pool is closed from May to September.',
      'Smoking is allowed in all rooms.',
      'The hotel offers a shuttle to the airport.',
      'Bicycles cannot be rented at the reception.',
    ],
    beside: 'Bicycles can be rented at the reception.',
  },
  {
    source:
      'Lake Orrin lies 1,240 metres above sea level and is 63 metres deep. It was formed by a glacier. The lake freezes over from December to March, so the ferry does not run then. Pike and trout live in it. Motor boats were banned in 1998 to protect the birds.',
    query: 'How deep is Lake Orrin and how was it formed?',
    faithful: [
      'Lake Orrin is 63 metres deep and was created by a glacier.',
      'It lies at a height of 1,240 metres.',
      'In winter, from December to March, there is no ferry because the lake is frozen.',
      'Motor boats have been forbidden since 1998.',
      'Trout and pike are found in the lake.',
    ],
    planted: [
      'Lake Orrin is 36 metres deep.',
      'It was formed by a volcano.',
      'The ferry runs from December to March.',
      'Motor boats have been allowed since 1998.',
      'Salmon live in the lake.',
      'A monster is said to live in it.',
    ],
    beside: 'Motor boats were banned in 1998.',
  },
];
