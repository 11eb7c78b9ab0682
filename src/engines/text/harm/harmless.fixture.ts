/** Harmless sentences to stand around others. */
export const harmless = [
  'The ferry leaves the island at a quarter past seven.',
  'Our choir rehearses in the old fire station.',
  'She planted tulips along the fence last autumn.',
  'The report lists the costs of each branch for the first half of the year.',
  'Add a spoon of honey and let the tea cool down.',
  'A new bridge will connect both sides of the river in two years.',
  'He repaired the radio that his grandfather had left him.',
  'The library extends its opening hours during the exams.',
  'Clouds came up in the afternoon, but it stayed dry.',
  'Two of the chairs have to be painted before the guests arrive.',
  'The teacher brought a telescope, and we looked at the rings of Saturn.',
  'Please put the keys back into the drawer when you are done.',
];
