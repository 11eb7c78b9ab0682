import type { Entity } from './entities.ts';
import type { Match } from './finding.ts';
import { typedEntities, unitEntities } from './typed.ts';
import { askedColumn } from './columns.ts';
import type { Question } from './question.ts';
import type { Unit } from './units.ts';
import { stemSet } from './units.ts';
import { fold, similarity, stem } from './words.ts';

/** The shortest stretch of the matched unit that answers, verbatim. */
export function answerSpan(question: Question, match: Match): string {
  const { unit } = match;
  if (unit.before?.text.endsWith('?') && (!question.wanted || question.form === 'how'))
    return unit.text.replace(/^(?:A|Answer)\s*[:.]\s*/, '').replace(/\.$/, '');
  if (unit.row) return cellAnswer(question, unit);
  if (unit.type === 'field' && unit.value !== undefined) return fieldAnswer(question, unit, match);
  return trimSpan(sentenceAnswer(question, match));
}

const trimSpan = (text: string): string =>
  text
    .trim()
    .replace(/^[,;:–—-]+\s*|[\s,;:–—.!]+$/g, (found, at: number) =>
      at > 0 && /\b(?:Inc|Ltd|Co|Corp|Jr|Sr|a\.m|p\.m)$/i.test(text.trim().slice(0, at)) && found === '.' ? '.' : '',
    )
    .trim();

function fieldAnswer(question: Question, unit: Unit, match: Match): string {
  const value = unit.value ?? unit.text;
  const key = stemSet(unit.key ?? '');
  const keyMatched = [...match.own.keys()].some((term) => [...key].some((stem) => similarity(term.stem, stem) > 0));
  // The value was asked about, so the key is the answer: "Who is the treasurer?" of "Ann Lee: treasurer".
  if (
    !keyMatched &&
    (question.form === 'who' || question.wanted?.kinds[0] === 'person') &&
    unit.key !== undefined &&
    match.own.size > 0
  )
    return unit.key;
  if (/[.!?]\s/.test(value) || value.split(/\s+/).length > 6) {
    const typed = typedEntities(question, unit).filter((entity) => entity.start >= unit.text.indexOf(value));
    if (typed[0] && question.wanted) return typed[0].text;
  }
  return value.replace(/\.$/, '');
}

/** The cell of the row that is asked for: the column whose header the question names, else the first of the wanted kind, else the row. */
function cellAnswer(question: Question, unit: Unit): string {
  const row = unit.row;
  if (!row) return unit.text;
  const column = askedColumn(question, row.table.headers, row.cells);
  return column === undefined ? unit.text : (row.cells[column] ?? unit.text);
}

function sentenceAnswer(question: Question, match: Match): string {
  const { unit } = match;
  if (question.about === 'name') {
    const said = besideName(question, unit);
    if (said !== undefined) return said;
  }
  if (question.form === 'why') return reason(unit.text) ?? unit.text;
  if (question.wanted && question.wanted.kinds.length > 0) {
    const entity = bestEntity(question, match);
    if (entity)
      return question.form === 'when'
        ? withRange(question, unit.text, entity, typedEntities(question, unit))
        : entity.kind === 'quantity'
          ? withLower(unit.text, entity)
          : entity.text;
  }
  if (question.form === 'measure' && /^how often\b/i.test(question.text)) {
    const often = [
      ...unit.text.matchAll(
        /\b(?:(?:once|twice|three times|\w+ times) (?:a|an|per|each|every) \w+|every (?:(?:two|three|four|five|six|seven|eight|nine|ten|twelve|other|\d+) )?\w+|(?:daily|weekly|monthly|quarterly|yearly|annually|hourly|biweekly|bimonthly|nightly))\b/gi,
      ),
    ].map((found) => ({ start: found.index, end: found.index + found[0].length, text: found[0] }));
    const held = often.map((found) => clauseHolds(match, found));
    const best = often[held.indexOf(Math.max(...held))];
    if (best) return best.text;
  }
  const named = namedByFocus(question, unit);
  if (named !== undefined) return named;
  if (question.form === 'how') return manner(question, match) ?? unit.text;
  return complement(question, match) ?? unit.text;
}

/** "4 to 35 degrees": a range is one measure. */
function withLower(text: string, entity: Entity): string {
  const lower =
    /(?<![\w.])(?:\d+(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\s?(?:to|[-–])\s?$/i.exec(
      text.slice(0, entity.start),
    );
  return lower ? text.slice(lower.index, entity.end) : entity.text;
}

/** "from April to October" is one answer to "when", unless only its beginning or end is asked for. */
function withRange(question: Question, text: string, entity: Entity, all: Entity[]): string {
  if (/\b(?:start|begin|open|commence|end|finish|close|expire|until|from when|check|leave|arrive)/i.test(question.text))
    return entity.text;
  const joined = (one: Entity, other: Entity): boolean =>
    one.kind === other.kind &&
    /^\s*(?:to|until|through|till|and|[-–—])\s*$/i.test(text.slice(one.end, other.start)) &&
    /\b(?:from|between|open|daily|hours?:?)\s*(?:[^.]{0,12})$/i.test(
      text.slice(Math.max(0, one.start - 24), one.start),
    );
  const after = all.find((other) => other.start > entity.end && joined(entity, other));
  if (after) return text.slice(entity.start, after.end);
  const before = all.find((other) => other.end < entity.start && joined(other, entity));
  return before ? text.slice(before.start, entity.end) : entity.text;
}

/** "Who is X?": what stands beside the name ("X, our head of platform,", "the engineer X", "X is a …"). */
function besideName(question: Question, unit: Unit): string | undefined {
  const names = question.terms.filter((term) => term.type === 'name');
  if (names.length === 0 || question.terms.some((term) => term.type !== 'name' && !question.focus.includes(term.stem)))
    return undefined;
  const name = unitEntities(unit).find((entity) =>
    names.some((term) =>
      unit.words.some((word) => word.stem === term.stem && word.start >= entity.start && word.end <= entity.end),
    ),
  );
  if (!name) return undefined;
  const after = unit.text.slice(name.end);
  const apposition =
    /^,\s+((?:(?:the|a|an|our|its|their|his|her|my|who is|head|chief|director|manager|professor)\s)[^,.;]{2,80})/i.exec(
      after,
    ) ??
    /^\s*\(([^)]{2,80})\)/.exec(after) ??
    /^\s+(?:is|was|works as|worked as|became|has been|serves as|served as)\s+([^.;]{2,120})/i.exec(after);
  if (apposition) return apposition[1];
  return (
    /((?:\b[a-z-]+\s){1,3})$/
      .exec(unit.text.slice(0, name.start))?.[1]
      ?.replace(/^(?:.*\b)?(?:and|by|of|with|to|from|the|our|a|an|is|was|called)\s/i, '') || undefined
  );
}

/** "Which prize …?" of "the Holm Prize": the name that the asked-for noun is part of. */
function namedByFocus(question: Question, unit: Unit): string | undefined {
  if (question.focus.length === 0 || (question.wanted?.kinds.length ?? 0) > 0) return undefined;
  const focus = question.focus.at(-1) ?? '';
  const places = unit.words.filter((word) => similarity(focus, word.stem) > 0);
  return unitEntities(unit).find(
    (entity) =>
      (entity.kind === 'proper' ||
        entity.kind === 'organisation' ||
        entity.kind === 'place' ||
        entity.kind === 'person') &&
      places.some(
        (word) => word.start >= entity.start && word.end <= entity.end && entity.end - entity.start > word.text.length,
      ),
  )?.text;
}

/** The entity of a wanted kind that stands best: preferred kind, near the words that matched, not named by the question. */
export function bestEntity(question: Question, match: Match): Entity | undefined {
  const { unit } = match;
  const asked = new Set(question.terms.map((term) => term.stem));
  const kinds = question.wanted?.kinds ?? [];
  const anchors: { at: number; weight: number; term: string }[] = [];
  for (const [term, places] of match.own)
    for (const place of places) {
      const word = unit.words[place];
      if (word) anchors.push({ at: word.start, weight: term.type === 'word' ? 1 : 0.5, term: term.stem });
    }
  let best: { entity: Entity; score: number } | undefined;
  for (const entity of typedEntities(question, unit)) {
    const inside = unit.words.filter((word) => word.start >= entity.start && word.end <= entity.end);
    if (inside.length > 0 && inside.every((word) => asked.has(word.stem))) continue;
    let score = -0.6 * kinds.indexOf(entity.kind);
    if (anchors.length > 0) {
      let pull = 0;
      let mass = 0;
      for (const anchor of anchors) {
        pull += anchor.weight * gap(unit.text, entity, anchor.at);
        mass += anchor.weight;
      }
      score -=
        0.03 * (pull / mass) +
        0.07 *
          Math.min(
            ...anchors.filter((anchor) => anchor.weight === 1).map((anchor) => gap(unit.text, entity, anchor.at)),
            40,
          );
    }
    score += grammar(question, unit, entity, anchors) + 0.5 * clauseHolds(match, entity);
    if (!best || score > best.score) best = { entity, score };
  }
  return best?.entity;
}

/** Where a clause with a verb of its own, and the subject of the one before it, begins. */
const NEXT_CLAUSE =
  /;\s|,?\s(?:and|but|while|whereas|then)\s(?=(?:\p{Ll}+(?:s|ed)|\p{Ll}+ it)\b|(?:up to |at (?:least|most) |about |over )?[\d$€£]|the \p{Ll}+ (?:\p{Ll}+ )?(?:at|on|for)\b)(?<!\bbetween [^,;]{1,24})/gu;

/**
 * How many of the question's words the entity's clause holds. A later clause that leaves out its subject has that of the first: in "opens
 * at 9 and closes at 5" the museum does both.
 */
function clauseHolds(match: Match, entity: { start: number }): number {
  const starts = [0, ...[...match.unit.text.matchAll(NEXT_CLAUSE)].map((found) => found.index)];
  if (starts.length === 1) return 0;
  const clauseOf = (at: number): number => starts.findLastIndex((start) => start <= at);
  const own = clauseOf(entity.start);
  let held = 0;
  for (const places of match.own.values())
    if (
      places.some((place) => {
        const clause = clauseOf(match.unit.words[place]?.start ?? 0);
        return clause === own || clause === 0;
      })
    )
      held++;
  return held;
}

/** Words between an entity and a place, clause boundaries counted as several. */
function gap(text: string, entity: { start: number; end: number }, at: number): number {
  const from = at < entity.start ? at : entity.end;
  const to = at < entity.start ? entity.start : at;
  if (to <= from) return 0;
  // Up to the word itself, so that "and closes" counts as the clause that it opens.
  const between = text.slice(from, at < entity.start ? to : at + 12);
  return (
    (between.match(/\s+/g)?.length ?? 0) +
    5 *
      (between.match(
        /[;:]|, (?:and|but|while|whereas)\b|\b(?:while|whereas|but)\b|\band (?:must|may|can|will|is|was|are|were|has|have|had|should|\w+ed|\w+s)\b/g,
      )?.length ?? 0)
  );
}

/** What grammar says of an entity as the answer: "by X" for who did it, a number right before its noun, "in X" for where. */
function grammar(question: Question, unit: Unit, entity: Entity, anchors: { at: number; term: string }[]): number {
  const before = unit.text.slice(Math.max(0, entity.start - 30), entity.start);
  const after = unit.text.slice(entity.end, entity.end + 40);
  let score = 0;
  if (question.form === 'who') {
    if (
      /\bby\s(?:\w+\s){0,2}$/.test(before) &&
      !/\bby (?:whom|who)\b/.test(question.text) &&
      !/\b(?:who) (?:is|was|are|were|will) .*\b(?:by)\b/i.test(question.text)
    )
      score += 0.5;
    // "captain Ann Lee": the word asked for stands right before the name.
    if (
      anchors.some(
        (anchor) => anchor.at < entity.start && !/\s\S/.test(unit.text.slice(anchor.at, entity.start).trim()),
      )
    )
      score += 0.5;
    if (/\b(?:to|for|with|from)\s$/.test(before))
      score -= /\b(?:to|for|with|from) who|who .*\b(?:to|for|with|from)\?/i.test(question.text) ? -0.8 : 0.4;
    const firstAnchor = Math.min(...anchors.map((anchor) => anchor.at));
    if (entity.start < firstAnchor && !/\bby\b/.test(unit.text.slice(firstAnchor, firstAnchor + 60))) score += 0.2;
    if (/^'s?\s/.test(after) || /^’s\s/.test(after)) score -= 0.4;
  }
  if (question.form === 'count' || question.wanted?.kinds[0] === 'number') {
    const noun = question.terms.filter((term) => term.type === 'word').map((term) => term.stem);
    const next = unit.words.filter((word) => word.start >= entity.start && word.start < entity.end + 40).slice(0, 6);
    const near = next.findIndex((word) => noun.some((stem) => similarity(stem, word.stem) > 0));
    if (near >= 0) score += 1.2 - 0.1 * near;
    if (
      entity.kind === 'number' &&
      entity.value !== undefined &&
      entity.value >= 1000 &&
      entity.value <= 2100 &&
      /\b(?:in|since|by|of)\s$/.test(before) &&
      !/^\s[a-z]+s\b/.test(after)
    )
      score -= 1;
  }
  if (question.form === 'where') {
    if (/\b(?:in|at|near|to|from|on|outside|into)\s(?:the\s)?$/.test(before)) score += 0.5;
    if (/\bwhere .*\bfrom\b/i.test(question.text) && /\bfrom\s(?:the\s)?$/.test(before)) score += 0.5;
    if (entity.kind === 'person' || entity.kind === 'organisation') score -= 0.4;
  }
  if (question.form === 'when') {
    if (/\b(?:by (?:when|what time)|must|latest|have to|deadline)\b/i.test(question.text) && /\bby\s$/.test(before))
      score += 0.4;
    if (
      /\bfrom (?:when|what time)\b|\b(?:start|begin|open|commence)s?\b/i.test(question.text) &&
      /\bfrom\s$/.test(before)
    )
      score += 0.7;
    if (/\b(?:until|through|to)\s$|[–-]\s?$/.test(before))
      score += /\b(?:until|end|close|expire|finish|till|through)/i.test(question.text) ? 0.4 : -0.4;
    if (/\b(?:what|which) year\b/i.test(question.text)) score += /\d{4}/.test(entity.text) ? 0.4 : -0.8;
    if (/\b(?:what|which) (?:weekday|day of the week)\b/i.test(question.text))
      score += /day/i.test(entity.text) ? 0.5 : -0.5;
  }
  return score;
}

/** The clause that gives a reason. */
function reason(text: string): string | undefined {
  const found =
    /\b(?:because of|because|due to|owing to|thanks to|as a result of|on account of|on the grounds that|given that)\s+([^.;]+)/i.exec(
      text,
    ) ??
    /\b(?:after|since)\s+((?:a|an|the|its|their|his|her|it|they|he|she|\w+s)\b[^.;]+)/i.exec(text) ??
    /\b((?:in order to|so that|so as to|to (?:avoid|reduce|improve|make|allow|protect|save|prevent|increase|support|meet|help|cut|give|raise|celebrate|attract|prepare|comply))\b[^.;]+)/i.exec(
      text,
    ) ??
    /\bwas (?:caused by|the result of|triggered by)\s+([^.;]+)/i.exec(text) ??
    /\b(?:reason|cause)\b[^.;]*?\b(?:is|was|were)\s+(?:that\s)?([^.;]+)/i.exec(text);
  const clause = found?.[1]?.trim();
  if (clause === undefined) return undefined;
  // "Because of rain, the match was moved": the reason ends at the comma when it opens the sentence.
  return found && found.index < 3 ? clause.split(/,\s/)[0] : clause;
}

function manner(question: Question, match: Match): string | undefined {
  const found =
    /\b(?:by (?:\w+ing\b|using\b|means of\b|email|phone|post|mail|train|bus|car)[^.;]*|via [^.;]+|using [^.;]+|through [^.;]+|with (?:a|an|the) [^.;]+)/i.exec(
      match.unit.text,
    );
  return found?.[0] ?? complement(question, match);
}

/** Where the matched words end, the answer begins: "X is Y", "X verbs Y"; or before them: "Y is the X". */
function complement(question: Question, match: Match): string | undefined {
  const { unit } = match;
  const text = unit.text;
  const places = [...match.own.values()]
    .flat()
    .map((place) => unit.words[place])
    .filter((word) => word !== undefined);
  if (places.length === 0) return undefined;
  const first = Math.min(...places.map((word) => word.start));
  const last = Math.max(...places.map((word) => word.end));
  // "What damaged the oven?": the subject of that verb.
  const verb = /^what ([\p{L}]+(?:ed|es|s))\b/iu.exec(question.text)?.[1];
  const helper = /^(?:is|was|does|has)$/i.test(verb ?? '');
  const acted = verb === undefined || helper ? undefined : places.find((word) => word.stem === stem(fold(verb)));
  if (acted && acted.start > 0) {
    const subject = text
      .slice(0, acted.start)
      .replace(/\b(?:has|have|had|also|then|later|soon|nearly|almost)\s*$/i, '')
      .trim();
    if (subject !== '' && !/^(?:it|he|she|they|this|that|which)$/i.test(subject)) return subject;
  }
  const copula =
    /\b(?:is|are|was|were|will be|means|refers to|equals|amounts to|stands at|stood at|remains|became|has been|have been)\b/gi;
  const copulas = [...text.matchAll(copula)];
  const definition = /^(?:what|who) (?:is|are|was|were)\b/i.test(question.text);
  // "What does E7 mean?" of "E7 means that …": all that follows explains it.
  const explained = /\bmean(?:s|ing)?\b/i.test(question.text)
    ? /\b(?:means|stands for|signifies|indicates)\s+(?:that\s+)?/i.exec(text)
    : null;
  if (explained && explained.index > first) {
    const rest = clauseEnd(text.slice(explained.index + explained[0].length));
    if (rest !== '') return rest;
  }
  // "The pressure is 6.5 bar, and the factory setting is 3.2 bar": the clause of the last matched word says what it is.
  const later = copulas.find((found) => found.index >= last - 1);
  const before = copulas.findLast((found) => found.index < last);
  if (later && before && /;\s|,\s(?:and|but|while|whereas)\s/.test(text.slice(before.index, last))) {
    const rest = clauseEnd(text.slice(later.index + later[0].length));
    if (rest !== '') return rest;
  }
  const between = copulas.find(
    (found) =>
      found.index >= last - 1 ||
      (found.index > first && found.index < last && places.every((word) => word.end <= found.index || definition)),
  );
  const all = copulas[0];
  if (all && first > all.index + all[0].length - 1 && definition) {
    const subject = text.slice(0, all.index).trim();
    if (subject !== '' && !/^(?:it|he|she|they|this|that|there|these|those)$/i.test(subject)) return subject;
  }
  if (between) {
    const rest = clauseEnd(text.slice(between.index + between[0].length)).replace(/^that\s+/i, '');
    if (rest !== '') return rest;
  }
  const rest = clauseEnd(text.slice(last).replace(/^['’]s/, ''));
  if (rest.split(/\s+/).filter(Boolean).length >= 1 && /[\p{L}\p{N}]/u.test(rest))
    return rest.replace(/^(?:of|is|are|was|were|to be|that|:)\s+/i, '');
  const head = text
    .slice(0, first)
    .trim()
    .replace(/\b(?:is|are|was|were|has|have|the|a|an|of|that|which)$/i, '')
    .trim();
  return head === '' ? undefined : head;
}

/** `text` up to the end of its clause. */
function clauseEnd(text: string): string {
  const end =
    /[.;!?](?=\s|$)|,\s(?:and|but|while|which|who|where|although|because|so|\w+ed|\w+ing)\b|\s(?:but|while|whereas|although)\s|\sand\s(?:I|he|she|we|they|you|it)\s/.exec(
      text,
    );
  return (end ? text.slice(0, end.index) : text).trim();
}
