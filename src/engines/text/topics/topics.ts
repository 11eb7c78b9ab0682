import { meanOf, type Embed } from '../vectors.ts';
import { checkLength, TextError } from '../words/error.ts';
import { sentencesOf } from '../words/sentences.ts';
import { EVERYDAY, featuresOf, profileOf, textsOf } from './features.ts';
import type { Topic, TopicProfile } from './features.ts';
import { scoreOf } from './model.ts';

export type { Topic } from './features.ts';

/** How a text stands to a topic: `score` 0 to 1, and whether that is enough (0.5). */
export type TopicFinding = { name: string; score: number; detected: boolean };

export interface TopicMatcher {
  /**
   * Whether a text asks for what each topic is about, in the order of the topics.
   *
   * @throws {TextError} `too_large` for a text of over 100,000 characters, over 60 topics, or a name, definition or example of over 2,000
   * characters; `invalid` for a topic without a definition. What `embed` rejects with passes through.
   */
  detect(text: string, topics: readonly Topic[]): Promise<TopicFinding[]>;
}

const TOPICS_MAX = 60;
const EXAMPLES_MAX = 50;
const TOPIC_TEXT_MAX = 2_000;
/** Topics whose vectors are kept. */
const PROFILES_MAX = 200;
const DETECTED_MIN = 0.5;
/** Windows between two turns of the event loop, and characters of one: longer sentences are cut. */
const BATCH = 64;
const WINDOW_LENGTH_MAX = 400;
/** Sentences of fewer content letters ("Hi!", "OK.") say nothing by themselves. */
const WINDOW_LETTERS_MIN = 4;

/**
 * Matches texts against topics by meaning and wording: sentences, alone and with the one before, are held against definition and examples
 * by the encoder's vectors, by the words of the topic's field of life, and by what they ask for (advice, judgement, instructions, or a
 * fact, a definition, a service). A small model fit on labelled texts weighs these, see `model.ts`. English.
 *
 * A text is as near to a topic as its nearest sentence.
 */
export function createTopicMatcher({ embed }: { embed: Embed }): TopicMatcher {
  const profiles = new Map<string, Promise<TopicProfile>>();
  let everyday: Promise<Float32Array[]> | undefined;

  const profile = (topic: Topic): Promise<TopicProfile> => {
    const key = JSON.stringify([topic.name, topic.definition, topic.examples]);
    const known = profiles.get(key);
    profiles.delete(key);
    const made = known ?? embed(textsOf(topic)).then((vectors) => profileOf(topic, vectors));
    if (profiles.size >= PROFILES_MAX) profiles.delete(profiles.keys().next().value!);
    profiles.set(key, made);
    // What failed is tried again by the next call.
    made.catch(() => profiles.delete(key));
    return made;
  };

  return {
    async detect(text, topics) {
      checkLength(text);
      check(topics);
      if (topics.length === 0) return [];
      const windows = windowsOf(text);
      if (windows.length === 0) return topics.map(({ name }) => ({ name, score: 0, detected: false }));
      everyday ??= embed(EVERYDAY).catch((error: unknown) => {
        everyday = undefined;
        throw error;
      });
      const neutral = await everyday;
      const parts = [...new Set(windows.flatMap((window) => window.parts))];
      const vectors = new Map((await embed(parts)).map((vector, at) => [parts[at]!, vector]));
      const found: TopicFinding[] = [];
      for (const topic of topics) {
        const against = await profile(topic);
        let score = 0;
        for (const [at, { text: window, parts }] of windows.entries()) {
          const vector = meanOf(parts.map((part) => vectors.get(part)!));
          score = Math.max(score, scoreOf(featuresOf(window, vector, against, neutral), against.fields.size > 0));
          if (at % BATCH === BATCH - 1) await new Promise(setImmediate);
        }
        score = Math.round(score * 1000) / 1000;
        found.push({ name: topic.name, score, detected: score >= DETECTED_MIN });
      }
      return found;
    },
  };
}

/** Sentences that are looked at together, and each of them. */
type Window = { text: string; parts: string[] };

/** The sentences of a text, and each short one together with the sentence before it, which often has what it is about. */
function windowsOf(text: string): Window[] {
  const sentences: string[] = [];
  for (const { text: sentence } of sentencesOf(text)) {
    for (let at = 0; at < sentence.length; at += WINDOW_LENGTH_MAX)
      sentences.push(sentence.slice(at, at + WINDOW_LENGTH_MAX));
  }
  const windows = new Map<string, Window>();
  const add = (parts: string[]): void => {
    const joined = parts.join(' ');
    windows.set(joined, { text: joined, parts });
  };
  for (const [at, sentence] of sentences.entries()) {
    if ((sentence.match(/\p{L}/gu)?.length ?? 0) < WINDOW_LETTERS_MIN) continue;
    add([sentence]);
    const before = sentences[at - 1];
    if (before !== undefined && before.length + sentence.length < WINDOW_LENGTH_MAX) add([before, sentence]);
  }
  return [...windows.values()];
}

function check(topics: readonly Topic[]): void {
  if (topics.length > TOPICS_MAX) throw new TextError('too_large', `${topics.length} topics; at most ${TOPICS_MAX}.`);
  for (const { name, definition, examples } of topics) {
    if (definition.trim() === '') throw new TextError('invalid', `The topic "${name}" has no definition.`);
    if (examples.length > EXAMPLES_MAX) {
      throw new TextError('too_large', `The topic "${name}" has ${examples.length} examples; at most ${EXAMPLES_MAX}.`);
    }
    for (const part of [name, definition, ...examples]) {
      if (part.length > TOPIC_TEXT_MAX) {
        throw new TextError(
          'too_large',
          `The topic "${name}" has a text of ${part.length} characters; at most ${TOPIC_TEXT_MAX}.`,
        );
      }
    }
  }
}
