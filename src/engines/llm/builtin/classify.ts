import { COLOURS, LANGUAGES } from './lexicons/names.ts';
import { NEGATIONS } from './lexicons/function-words.ts';
import { DIMINISHERS, EMOTIONS, INTENSIFIERS, SENTIMENT } from './lexicons/sentiment.ts';
import { TOPICS } from './lexicons/topics.ts';
import type { Candidate } from './sampling.ts';
import { contentStems, fold, similarity, stem, words } from './words.ts';

/** A label with what the request says of it. */
export type Label = { name: string; about?: string };
export type Example = { text: string; label: string };

/** Words of a text that are looked at. */
const WORDS_MAX = 5000;

/** Scores of labels for a text, best first. Scores are log-likelihood-like: any base, differences count. */
export function scoreLabels(text: string, labels: Label[], examples: Example[] = []): Candidate<string>[] {
  const bounded = text.slice(0, 60_000);
  const evidence = labels.map((label) => ({ value: label.name, score: zeroShot(bounded, label, labels) }));
  if (examples.length > 0) {
    const learned = learn(bounded, labels, examples);
    for (const [index, entry] of evidence.entries()) entry.score = 0.5 * entry.score + (learned[index] ?? 0);
  }
  return evidence
    .map((entry, order) => ({ ...entry, order }))
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map(({ value, score }) => ({ value, score }));
}

const POSITIVE =
  /^(?:very |strongly |mostly )?(?:positive|pos|good|favou?rable|happy|satisfied|pleased|like|liked|praise|recommend(?:ed)?|thumbs up|promoter|great|optimistic|👍)$/;
const NEGATIVE =
  /^(?:very |strongly |mostly )?(?:negative|neg|bad|unfavou?rable|unhappy|dissatisfied|displeased|dislike|disliked|complaint|not recommended|thumbs down|detractor|poor|pessimistic|👎)$/;
const NEUTRAL = /^(?:neutral|neu|passive|objective|indifferent|factual|none)$/;
const MIXED = /^(?:mixed|ambivalent|both)$/;

function zeroShot(text: string, label: Label, labels: Label[]): number {
  const name = fold(label.name.replace(/[_-]/g, ' ')).trim();
  const tone = toneOf(text);
  const total = tone.positive - tone.negative;
  const strength = tone.positive + tone.negative;
  const hasNeutral = labels.some((other) => NEUTRAL.test(fold(other.name)));
  const hasMixed = labels.some((other) => MIXED.test(fold(other.name)));
  if (
    labels.some((other) => POSITIVE.test(fold(other.name))) &&
    labels.some((other) => NEGATIVE.test(fold(other.name)))
  ) {
    const balance = strength === 0 ? 0 : Math.min(tone.positive, tone.negative) / strength;
    if (POSITIVE.test(name))
      return total + (name.startsWith('very') ? (total > 4 ? 1 : -2) : 0) - (hasMixed && balance > 0.3 ? 3 : 0);
    if (NEGATIVE.test(name))
      return -total + (name.startsWith('very') ? (total < -4 ? 1 : -2) : 0) - (hasMixed && balance > 0.3 ? 3 : 0);
    if (NEUTRAL.test(name)) return hasNeutral ? 1 - Math.abs(total) * 0.9 - (hasMixed && strength > 2 ? 1 : 0) : 0;
    if (MIXED.test(name)) return strength > 2 ? 4 * balance - 0.4 : -1;
  }
  const denied = /^(?:not|non|no)[ -](.+)$/.exec(name)?.[1];
  if (denied !== undefined && labels.some((other) => fold(other.name) === denied))
    return (
      1.5 -
      zeroShot(text, { name: denied }, [{ name: denied }]) +
      zeroShot(text, { name: 'legitimate' }, [{ name: 'legitimate' }]) * (denied === 'spam' ? 0.5 : 0)
    );
  let score = 0;
  const stems = words(text)
    .slice(0, WORDS_MAX)
    .filter((word) => word.lower.length > 1)
    .map((word) => word.stem);
  const counts = new Map<string, number>();
  for (const entry of stems) counts.set(entry, (counts.get(entry) ?? 0) + 1);
  const vocabulary = vocabularyOf(name);
  for (const entry of counts.keys()) if (vocabulary.has(entry)) score += 1 / (1 + 0.35 * (sharers(entry, labels) - 1));
  // The label's own words, and the request's explanation of it.
  for (const own of contentStems(name))
    for (const entry of counts.keys()) score += 1.6 * Math.max(0, similarity(own, entry) - 0.3);
  if (label.about !== undefined) {
    const about = new Set(contentStems(label.about));
    for (const entry of counts.keys()) if ([...about].some((own) => similarity(own, entry) >= 0.7)) score += 1.3;
  }
  const special = specialScore(name, text, tone);
  return score + special;
}

/** Labels that a rule knows better than a word list. */
function specialScore(name: string, text: string, tone: { positive: number; negative: number }): number {
  const total = tone.positive - tone.negative;
  if (/^(?:question|inquiry|query|information request|general inquiry|general question)$/.test(name))
    return /\?\s*$/.test(text.trim()) ||
      /^(?:what|how|when|where|who|which|why|do|does|is|are|can|could)\b/i.test(text.trim())
      ? 1.5
      : -0.5;
  if (/^(?:complaint|complaints)$/.test(name)) return total < 0 ? Math.min(3, -total) : -1;
  if (/^(?:praise|compliment|thanks|gratitude)$/.test(name)) return total > 0 ? Math.min(3, total) : -1;
  if (/^(?:spam|junk|scam|phishing)$/.test(name))
    return (
      (/!{2,}|\b[A-Z]{4,}\b.*\b[A-Z]{4,}\b/.test(text) ? 1 : 0) +
      (/\bhttps?:|www\.|[$£€]\d|\b\d{5,}\b|%\s?off/i.test(text) ? 0.8 : 0)
    );
  if (/^(?:ham|not spam|legitimate)$/.test(name)) return 0.6;
  if (/^(?:toxic|abusive|offensive|hate|insult)$/.test(name))
    return /\b(?:idiot|stupid|moron|hate you|loser|dumb|shut up|worthless|pathetic|trash)\b/i.test(text) ? 3 : -1;
  if (/^(?:urgent|high|critical)$/.test(name))
    return /\b(?:urgent|asap|immediately|emergency|right away|critical|outage)\b/i.test(text) ? 1.5 : 0;
  if (/^(?:other|misc|miscellaneous|general|none|unknown|other topic|none of the above)$/.test(name)) return 0.8;
  if (/^(?:command|instruction|order|imperative)$/.test(name))
    return /^(?:please |turn|set|open|close|play|stop|start|call|send|add|remove|delete|book|switch)\b/i.test(
      text.trim(),
    )
      ? 2
      : 0;
  if (/^(?:statement|declarative|fact)$/.test(name))
    return /[.]\s*$/.test(text.trim()) && !/\?/.test(text) ? 0.9 : -0.5;
  if (LANGUAGES.has(name)) return languageScore(text, name);
  if (COLOURS.has(name)) return new RegExp(`\\b${name}\\b`, 'i').test(text) ? 2 : 0;
  if (EMOTIONS[name] !== undefined && /^(?:joy|love|happiness|happy)$/.test(name)) return Math.max(0, total) * 0.3;
  return EMOTIONS[name] !== undefined ? Math.max(0, -total) * 0.15 : 0;
}

const vocabularies = new Map<string, Set<string>>();
/** The stems that speak for a label name, from the topic and emotion lexicons. */
function vocabularyOf(name: string): Set<string> {
  const known = vocabularies.get(name);
  if (known) return known;
  const found = new Set<string>();
  for (const [names, list] of Object.entries(TOPICS)) {
    const aliases = names.split('|');
    const hit =
      aliases.includes(name) ||
      aliases.some((alias) => alias.length > 3 && (name === `${alias}s` || `${name}s` === alias)) ||
      name.split(/\s*(?:\/|&|\band\b|\s)\s*/).some((part) => part.length > 2 && aliases.includes(part));
    if (hit) for (const word of list.split(' ')) found.add(stem(fold(word)));
  }
  const emotion = EMOTIONS[name] ?? EMOTIONS[name.replace(/s$/, '')];
  if (emotion !== undefined) for (const word of emotion.split(' ')) found.add(stem(fold(word)));
  if (vocabularies.size > 2000) vocabularies.clear();
  vocabularies.set(name, found);
  return found;
}

const sharers = (entry: string, labels: Label[]): number =>
  labels.filter((label) => vocabularyOf(fold(label.name.replace(/[_-]/g, ' ')).trim()).has(entry)).length || 1;

/** Sums of pleased and displeased words; negation turns the next three words, "but" makes what follows count double. */
export function toneOf(text: string): { positive: number; negative: number } {
  const list = words(text).slice(0, WORDS_MAX);
  let positive = 0;
  let negative = 0;
  const but = list.findLastIndex((word) => word.lower === 'but' || word.lower === 'however');
  for (const [at, word] of list.entries()) {
    let weight = SENTIMENT.get(word.lower) ?? SENTIMENT.get(word.lower.replace(/(?:ly|ed|ing|s)$/, ''));
    if (weight === undefined) continue;
    const before = list.slice(Math.max(0, at - 3), at);
    if (list[at - 1] && INTENSIFIERS.has(list[at - 1]?.lower ?? '')) weight *= 1.4;
    if (list[at - 1] && DIMINISHERS.has(list[at - 1]?.lower ?? '')) weight *= 0.6;
    // "not good" is mildly bad; "could not be better" is good.
    const denied =
      before.some((other) => NEGATIONS.has(other.lower)) &&
      !/\b(?:only|just)\b/.test(before.map((other) => other.lower).join(' '));
    if (denied)
      weight = /better|happier|nicer/.test(word.lower)
        ? Math.abs(weight) * 2
        : weight > 0
          ? -weight * 0.9
          : -weight * 0.6;
    if (but >= 0 && at > but) weight *= 1.5;
    if (weight > 0) positive += weight;
    else negative -= weight;
  }
  return { positive, negative };
}

const FREQUENT: Record<string, string> = {
  english: 'the and is of to in that it was for you with this are',
  french: 'le la les et est une des que pour dans vous je pas avec sur nous ce qui',
  german: 'der die das und ist nicht ein eine ich mit für auf sie wir den von zu',
  spanish: 'el la los que es una por con para no se está las del como pero',
  italian: 'il che di è una per non con sono gli della questo ma si nel',
  portuguese: 'o que é uma não para com os da do em se por mais você está',
  dutch: 'de het een en is van niet dat ik met op voor zijn naar',
  swedish: 'och är det att en som på jag inte med för av den till',
  polish: 'nie się jest na że to do jak co ale dla czy',
};

function languageScore(text: string, name: string): number {
  const scripts: [RegExp, string[]][] = [
    [/[\u3040-\u30ff]/, ['japanese']],
    [/[\uac00-\ud7af]/, ['korean']],
    [/[\u4e00-\u9fff]/, ['chinese', 'mandarin']],
    [/[\u0400-\u04ff]/, ['russian', 'ukrainian']],
    [/[\u0600-\u06ff]/, ['arabic']],
    [/[\u0900-\u097f]/, ['hindi']],
    [/[\u0370-\u03ff]/, ['greek']],
    [/[\u0590-\u05ff]/, ['hebrew']],
  ];
  for (const [script, names] of scripts) if (script.test(text)) return names.includes(name) ? 6 : -2;
  const frequent = new Set((FREQUENT[name] ?? '').split(' '));
  const list = text.toLowerCase().match(/[\p{L}']+/gu) ?? [];
  return list.filter((word) => frequent.has(word)).length * 1.5;
}

/** Naive Bayes over the examples (add-half smoothing, uniform prior: prompts pick examples, they do not sample them) and nearest neighbours. */
function learn(text: string, labels: Label[], examples: Example[]): number[] {
  const own = contentStems(text).slice(0, WORDS_MAX);
  const byLabel = new Map<string, Map<string, number>>();
  const vocabulary = new Set<string>();
  const neighbours = new Map<string, number>();
  for (const example of examples) {
    const key = fold(example.label);
    const bag = byLabel.get(key) ?? new Map<string, number>();
    byLabel.set(key, bag);
    const stems = contentStems(example.text);
    let shared = 0;
    for (const entry of stems) {
      bag.set(entry, (bag.get(entry) ?? 0) + 1);
      vocabulary.add(entry);
      if (own.some((mine) => similarity(entry, mine) >= 0.7)) shared++;
    }
    const cosine = stems.length === 0 || own.length === 0 ? 0 : shared / Math.sqrt(stems.length * own.length);
    neighbours.set(key, Math.max(neighbours.get(key) ?? 0, cosine));
  }
  return labels.map((label) => {
    const key = fold(label.name);
    const bag = byLabel.get(key) ?? new Map<string, number>();
    const size = [...bag.values()].reduce((sum, value) => sum + value, 0);
    let likelihood = 0;
    for (const entry of own) {
      if (!vocabulary.has(entry)) continue;
      likelihood += Math.log(((bag.get(entry) ?? 0) + 0.5) / (size + 0.5 * vocabulary.size));
    }
    return 0.5 * likelihood + 4 * (neighbours.get(key) ?? 0);
  });
}
