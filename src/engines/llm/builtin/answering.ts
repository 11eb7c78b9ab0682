import type { Source } from './shapes.ts';
import type { Draft } from './draft.ts';
import { entities } from './entities.ts';
import type { Match } from './finding.ts';
import { findMatches } from './finding.ts';
import { isTyped } from './typed.ts';
import { asSentence } from './forming.ts';
import { NEGATIONS } from './lexicons/function-words.ts';
import type { Question, Term } from './question.ts';
import { readQuestion, splitQuestions } from './question.ts';
import type { Sampling } from './sampling.ts';
import { draw } from './sampling.ts';
import { answerSpan } from './spans.ts';
import { tableAnswer } from './tables.ts';
import type { Unit } from './units.ts';
import { readUnits } from './units.ts';
import { isContent, opposite, similarity, words } from './words.ts';

type Past = { ask: string; answer: string }[];

/** An answer with the words that it stands on. */
type Answer = { text: string; quotes: { text: string; source: Source }[]; declined: boolean; question: Question };

/**
 * Answers every question in `ask` from `sources`, with quotations; declines those that the sources do not answer. `past` explains pronouns
 * and ellipses.
 */
export function answerFromSources(ask: string, sources: Source[], past: Past, sampling: Sampling): Draft {
  const { units } = readUnits(sources);
  const questions = splitQuestions(ask).filter((part) => isQuestion(part));
  const list = questions.length > 0 ? questions : [ask];
  const answers: Answer[] = [];
  const soFar = [...past];
  for (const text of list.slice(0, QUESTIONS_MAX)) {
    const answer = answerOne(text, sources, units, soFar, sampling);
    answers.push(answer);
    soFar.push({ ask: answer.question.text, answer: answer.text });
  }
  return composed(answers, sources, sampling);
}

/** Questions answered in one turn at most. */
const QUESTIONS_MAX = 12;

/** Whether a sentence asks for a fact, rather than setting a rule about the answer. */
export function isQuestion(text: string): boolean {
  const trimmed = text.trim();
  if (/\?["”')\]]*\s*$/.test(trimmed)) return true;
  return (
    /\b(?:tell me|give me|find|state|identify|name|what|who|when|where|why|how (?:many|much|long|old|far|tall|often)|which|explain)\b/i.test(
      trimmed,
    ) &&
    !/^(?:do not|don't|only|use|answer|respond|reply|if|be|keep|please answer|please respond|based on|using|you are)\b/i.test(
      trimmed,
    )
  );
}

function answerOne(text: string, sources: Source[], units: Unit[], past: Past, sampling: Sampling): Answer {
  // "Answer only yes or no: does …?"
  const own = text.replace(/^\s*(?:please\s+)?(?:answer|reply|respond|say)\b[^:?]{0,60}:\s*(?=\S)/i, '');
  const expanded = elliptic(own, past);
  const question = readQuestion(expanded);
  const topic = question.dangling ? topicTerms(question, past) : [];
  const decline: Answer = { text: '', quotes: [], declined: true, question };
  const mentioned = mention(question, units);
  if (mentioned) return mentioned;
  const fromTable = tableAnswer(question, units);
  if (fromTable)
    return {
      text: fromTable.text,
      quotes: fromTable.rows.slice(0, 3).map((row) => ({ text: row.text, source: row.source })),
      declined: false,
      question,
    };
  let matches = findMatches(question, units, topic);
  if (matches.length === 0 && topic.length > 0)
    matches = findMatches(
      question,
      units,
      topic.map((term) => ({ ...term, type: 'word' as const, weight: 0.5 })),
    );
  if (question.form === 'yesno' || question.form === 'choice')
    return verdict(question, matches, units, topic) ?? decline;
  const best = matches[0];
  if (!best) return decline;
  if (question.form === 'list') {
    const all = listOf(question, matches);
    if (all) return { ...all, question, declined: false };
  }
  // Above temperature 0, units that score nearly as well may be told instead.
  const close = matches.slice(0, 5).filter((match) => match.typed === best.typed && match.score > best.score - 0.08);
  const chosen = draw(
    close.map((match) => ({ value: match, score: match.score * 20 })),
    sampling,
  );
  const answer = answerSpan(question, chosen).replace(/\s*\n\s*/g, ' ');
  return { text: answer, quotes: [{ text: chosen.unit.text, source: chosen.unit.source }], declined: false, question };
}

/** "Does the text mention a refund?": whether its words stand there, with the first place where they do. */
function mention(question: Question, units: Unit[]): Answer | undefined {
  const asked =
    /^(?:does|do|did|is|are) (?:the|this|that|it|any of the|there)\b[^?]{0,40}?\b(?:mention(?:ed|s)?|contain(?:ed|s)?|include the word|talk about|refer to)\s+(?:of\s+|anything about\s+|the (?:word|name|phrase)\s+)?(.{2,80}?)(?:\s+in (?:the|this|it)\b.*)?\??$/i.exec(
      question.text.trim(),
    )?.[1];
  if (
    asked === undefined ||
    !/\b(?:text|passage|document|article|email|message|context|review|letter|it|there)\b/i.test(question.text)
  )
    return undefined;
  const wanted = words(asked).filter((word) => !NEGATIONS.has(word.lower) && isContent(word));
  if (wanted.length === 0 || units.length === 0) return undefined;
  const unit = units.find((own) => wanted.every((word) => own.stems.has(word.stem)));
  return {
    text: unit ? 'Yes' : 'No',
    quotes: unit ? [{ text: unit.text, source: unit.source }] : [],
    declined: false,
    question,
  };
}

/** "And in 2020?", "What about the weight?": the question before, with the new words in their place. */
function elliptic(text: string, past: Past): string {
  const match =
    /^(?:and |so |but |ok,? |okay,? )*(?:what about|how about|and(?! (?:who|whom|whose|what|when|where|why|how|which|is|are|was|were|does|do|did|can|has|have)\b))\s+(.*?)\??$/i.exec(
      text.trim(),
    );
  const before = past.findLast((turn) => isQuestion(turn.ask));
  if (!match || !before) return text;
  const fresh = (match[1] ?? '').trim();
  const previous =
    splitQuestions(before.ask)
      .filter((part) => isQuestion(part))
      .at(-1) ?? before.ask;
  const bare = fresh.replace(/^(?:in|on|at|for|of|from|by|with|to|the)\s+/i, '');
  const freshEntity = entities(bare).find((entity) => entity.kind !== 'colour');
  const old = entities(previous).filter(
    (entity) => !/^(?:who|what|when|where|why|how|which|is|are|was|were|does|do|did)$/i.test(entity.text),
  );
  const same =
    old.findLast((entity) => entity.kind === freshEntity?.kind) ??
    (freshEntity ? old.find((entity) => NAME_KINDS.has(entity.kind) && NAME_KINDS.has(freshEntity.kind)) : undefined);
  if (freshEntity && same) return previous.slice(0, same.start) + bare + previous.slice(same.end);
  if (freshEntity && /^\p{Lu}/u.test(bare)) return `${previous.replace(/\?$/, '')} ${fresh}?`;
  const question = readQuestion(previous);
  if (question.focus.length > 0) {
    const focus = words(previous).filter((word) => question.focus.includes(word.stem));
    const first = focus[0];
    const last = focus.at(-1);
    if (first && last) return previous.slice(0, first.start) + bare + previous.slice(last.end);
  }
  const subject = old.find((entity) => NAME_KINDS.has(entity.kind));
  return `What is the ${bare}${subject ? ` of ${subject.text}` : ''}?`;
}

const NAME_KINDS = new Set(['person', 'place', 'organisation', 'proper', 'id']);

/** What a pronoun stands for: names of the question before, else of its answer, else its nouns. */
function topicTerms(question: Question, past: Past): Term[] {
  if (
    question.terms.some((term) => term.type === 'name') &&
    !/\b(?:it|its|he|she|they|his|her|their|him|them)\b/i.test(question.text)
  )
    return [];
  const personal = /\b(?:he|she|him|his|her|hers)\b/i.test(question.text);
  for (const turn of [...past].reverse()) {
    const asked = readQuestion(turn.ask);
    const inAnswer = entities(turn.answer.split('"')[0] ?? '');
    const person = inAnswer.find((entity) => entity.kind === 'person');
    if (personal) {
      const inAsk = entities(turn.ask).find((entity) => entity.kind === 'person');
      const name = inAsk ?? person;
      if (name)
        return words(name.text).map((word) => ({
          stem: word.stem,
          text: word.text,
          weight: 1,
          type: 'name',
          group: 0,
        }));
      continue;
    }
    const names = asked.terms.filter((term) => term.type === 'name');
    if (names.length > 0) return names;
    const answered = inAnswer.find((entity) => NAME_KINDS.has(entity.kind));
    if (answered && /^(?:which|what|who)\b/i.test(asked.text))
      return words(answered.text).map((word) => ({
        stem: word.stem,
        text: word.text,
        weight: 1,
        type: 'name',
        group: 0,
      }));
    const nouns = asked.terms.filter(
      (term) => !question.terms.some((own) => own.stem === term.stem) && !asked.focus.includes(term.stem),
    );
    if (nouns.length > 0) return nouns.map((term) => ({ ...term, weight: 0.7 }));
  }
  return [];
}

/** Yes or no, or one of two, with the sentence that says so; undefined when none does. */
function verdict(question: Question, matches: Match[], units: Unit[], topic: Term[]): Answer | undefined {
  const said = (text: string, match: Match): Answer => ({
    text,
    quotes: [{ text: match.unit.text, source: match.unit.source }],
    declined: false,
    question,
  });
  if (question.form === 'choice') {
    const options = optionsOf(question.text);
    // Words of the options are each other's alternatives: no unit has to hold both.
    const optionStems = new Set(options.flatMap((option) => words(option).map((word) => word.stem)));
    const reduced: Question = { ...question, terms: question.terms.filter((term) => !optionStems.has(term.stem)) };
    for (const match of findMatches(reduced.terms.length > 0 ? reduced : question, units, topic)) {
      const held = options.filter((option) => words(option).some((word) => match.unit.stems.has(word.stem)));
      if (held.length === 1 && held[0] !== undefined) return said(held[0], match);
      const opposed = options.filter((option) =>
        words(option).some((word) => [...match.unit.stems.keys()].some((stem) => opposite(word.stem, stem))),
      );
      if (held.length === 0 && opposed.length === 1) {
        const other = options.find((option) => option !== opposed[0]);
        if (other !== undefined) return said(other, match);
      }
    }
    return undefined;
  }
  let best = matches[0];
  let contradicted = false;
  if (!best || best.missing.length > 0 || best.coverage < 0.75) {
    // What the text says may differ in one thing: another date, number, name, or the opposite word.
    for (const match of findMatches(question, units, topic, 'rank').slice(0, 5)) {
      const against = contradiction(question, match);
      if (against && (!best || match.score > best.score - 0.2)) {
        best = match;
        contradicted = true;
        break;
      }
    }
  } else contradicted = contradiction(question, best);
  if (!best) return undefined;
  const unheld = question.terms.filter(
    (term) =>
      term.type === 'word' &&
      ![...best.unit.stems.keys()].some((stem) => similarity(term.stem, stem) > 0 || opposite(term.stem, stem)) &&
      // Sentences before do not hold for this one; headings and the other lines of a record do.
      !(best.unit.type === 'sentence' ? best.unit.context.slice(-4) : best.unit.context).some((context) =>
        [...context].some((stem) => similarity(term.stem, stem) > 0),
      ),
  );
  if (!contradicted && unheld.length > question.terms.filter((term) => term.type === 'word').length * 0.25)
    return undefined;
  const denied = negated(best.unit) !== negatedQuestion(question.text);
  return said(contradicted !== denied ? 'No' : 'Yes', best);
}

const optionsOf = (text: string): string[] => {
  const match = /((?:[\w'-]+\s){0,3}[\w'-]+)\s+or\s+((?:[\w'-]+\s?){1,4})\??$/i.exec(text.trim());
  if (!match) return [];
  const right = (match[2] ?? '').trim();
  const width = right.split(/\s+/).length;
  const left = (match[1] ?? '').trim().split(/\s+/).slice(-width).join(' ');
  return [left, right];
};

/** Whether the unit says something that cannot hold together with the question's statement. */
function contradiction(question: Question, match: Match): boolean {
  const unitStems = [...match.unit.stems.keys()];
  for (const term of question.terms)
    if (!unitStems.includes(term.stem) && unitStems.some((stem) => opposite(term.stem, stem))) return true;
  const asked = entities(question.text);
  const held = entities(match.unit.text);
  const wordTerms = question.terms.filter((term) => term.type === 'word');
  const wordsHeld = wordTerms.filter((term) => unitStems.some((stem) => similarity(term.stem, stem) > 0)).length;
  if (wordTerms.length > 0 && wordsHeld / wordTerms.length < 0.5) return false;
  for (const entity of asked) {
    if (held.some((other) => same(entity.text, other.text))) continue;
    const rival = held.find((other) => other.kind === entity.kind && !asked.some((own) => same(own.text, other.text)));
    const subject = asked.filter((own) => own !== entity && NAME_KINDS.has(own.kind));
    const subjectHeld =
      subject.length === 0 ||
      subject.some(
        (own) =>
          held.some((other) => same(own.text, other.text)) ||
          match.unit.context.some((context) => words(own.text).some((word) => context.has(word.stem))),
      );
    if (
      rival &&
      subjectHeld &&
      ['date', 'time', 'money', 'percent', 'quantity', 'number', 'place', 'person', 'organisation', 'colour'].includes(
        entity.kind,
      )
    )
      return true;
  }
  return false;
}

const same = (one: string, other: string): boolean => {
  const a = words(one).map((word) => word.stem);
  const b = words(other).map((word) => word.stem);
  return a.some((stem) => b.some((found) => similarity(stem, found) === 1));
};

const negated = (unit: Unit): boolean =>
  unit.words.some((word) => NEGATIONS.has(word.lower)) &&
  !/\b(?:not only|no later than|no more than|not until|no less than)\b/i.test(unit.text);
const negatedQuestion = (text: string): boolean =>
  /\b(?:not|n't|never)\b/i.test(text) &&
  !/^(?:is|are|was|were|do|does|did|can|could|should|has|have)n['’]?t\b/i.test(text);

/** Several things asked for: the values of all units that match equally well. */
function listOf(question: Question, matches: Match[]): { text: string; quotes: Answer['quotes'] } | undefined {
  const best = matches[0];
  if (!best) return undefined;
  const equal = matches
    .filter(
      (match) =>
        match.score > best.score - 0.1 &&
        isTyped(question, match.unit) === isTyped(question, best.unit) &&
        match.unit.type === best.unit.type,
    )
    .slice(0, 20);
  if (equal.length < 2) return undefined;
  const values = [...new Set(equal.map((match) => answerSpan(question, match)))];
  return {
    text: values.join(', '),
    quotes: equal.slice(0, 5).map((match) => ({ text: match.unit.text, source: match.unit.source })),
  };
}

/** How a source is called in an answer. */
export function sourceName(source: Source): string {
  if (source.kind === 'document') return `"${source.name}"`;
  if (source.kind === 'tool') return `the result of ${source.name}`;
  return /^(?:the|your) /.test(source.name) ? source.name : `"${source.name}"`;
}

/** A quotation must not break the marks around it. */
const quoted = (text: string): string => `"${text.replace(/\s*\n\s*/g, ' ').trim()}"`;

function composed(answers: Answer[], sources: Source[], sampling: Sampling): Draft {
  const found = answers.filter((answer) => !answer.declined);
  if (found.length === 0) return declined(answers[0]?.question.text ?? '', sources, sampling);
  const quotes = found.flatMap((answer) => answer.quotes.map((quote) => quote.text));
  const parts = answers.map((answer) => {
    if (answer.declined)
      return `${capital(placeOf(sources))} does not say: ${answer.question.text.replace(/\?*$/, '?')}`;
    const first = answer.quotes[0];
    const quote = answer.quotes.map((item) => quoted(item.text)).join(' and ');
    if (!first) return asSentence(answer.text);
    const name = sourceName(first.source);
    if (bare(first.text) === bare(answer.text))
      return draw(
        [
          { value: `According to ${name}: ${quote}`, score: 1 },
          { value: `${capital(name)} says: ${quote}`, score: 0.8 },
          { value: `${quote} (${name})`, score: 0.6 },
        ],
        sampling,
      );
    const answerText = asSentence(answer.text);
    return draw(
      [
        { value: `${answerText} According to ${name}: ${quote}`, score: 0 },
        { value: `${answerText} ${capital(name)} says: ${quote}`, score: -0.8 },
        { value: `${answerText} Source: ${name}, ${quote}`, score: -1.5 },
        { value: `${answerText} As stated in ${name}: ${quote}`, score: -2.1 },
        { value: `${answerText} This is from ${name}: ${quote}`, score: -2.6 },
      ],
      sampling,
    );
  });
  const short = answers.map((answer) => (answer.declined ? 'not stated' : answer.text)).join('; ');
  return {
    short,
    full: parts.join('\n'),
    spare: quotes.map((quote) => asSentence(quote.replace(/\s*\n\s*/g, ' '))),
    ...(answers.length > 1 ? { items: answers.map((answer) => (answer.declined ? 'not stated' : answer.text)) } : {}),
  };
}

const bare = (text: string): string =>
  text
    .replace(/[\s.!?"]+/g, ' ')
    .trim()
    .toLowerCase();
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const placeOf = (sources: Source[]): string => {
  const names = [...new Set(sources.map(sourceName))];
  return names.length === 1 && names[0] !== undefined ? names[0] : 'the text provided';
};

/** The answer to a question that the sources do not answer. */
export function declined(question: string, sources: Source[], sampling: Sampling): Draft {
  const place = placeOf(sources);
  const full = draw(
    [
      { value: `I could not find the answer in ${place}: it does not say.`, score: 1 },
      { value: `${capital(place)} does not contain the answer to this question.`, score: 0.9 },
      { value: `The answer is not stated in ${place}.`, score: 0.8 },
    ],
    sampling,
  );
  return { short: 'Not stated', full, declined: true };
}
