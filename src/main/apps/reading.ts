import {
  APP_NOUNS,
  ASKED_NOUNS,
  CHANGE_VERBS,
  CHANGERS,
  CHAT_NOUNS,
  CHOOSING_VERBS,
  DETERMINERS,
  FILE_NOUNS,
  FILLERS,
  HANDING_VERBS,
  JOINERS,
  LIGHT_VERBS,
  MAKE_VERBS,
  MAKERS,
  OWN,
  PAINT_VERBS,
  PEOPLE,
  PICTURE_NOUNS,
  plainVerb,
  POINTING,
  PREPOSITIONS,
  singular,
  SOURCES,
  TAKE_VERBS,
  TELL_VERBS,
  TEXT_NOUNS,
  TURN_VERBS,
  USERS,
  VERB_NOUNS,
} from './words.ts';

/** What is told by users. */
export type Wanted = {
  title: string;
  file: boolean;
  /** By itself, and not of one thing that is made. */
  told?: true;
};
/** Said of what is made: words as they stand, or what users tell. */
type Detail = { preposition: string; parts: ({ input: Wanted } | { words: string })[] };
/** What is made. `object`: of what, where something is changed; `earlier`: what was made before, that it rests on. */
export type Made = {
  kind: 'text' | 'image' | 'chat';
  title: string;
  /** `Write a bedtime story`, `Summarize`. */
  instruction: string;
  changes: boolean;
  /** Made in one breath with what is before it. */
  beside?: true;
  /** No verb says that it is made. */
  named?: true;
  object?: Wanted | Made;
  earlier?: Made;
  details: Detail[];
};
export type Reading = { inputs: Wanted[]; made: Made[] };

type Phrase = { determiner?: string | undefined; words: string[] };
type Mode =
  | { as: 'start' }
  | { as: 'tell'; file: boolean }
  | { as: 'make'; verb: string }
  | { as: 'change'; verb: string }
  | { as: 'turn' }
  | { as: 'detail'; preposition: string };

const TITLE_WORDS_MAX = 4;
const isVerb = (verb: string) =>
  MAKE_VERBS.has(verb) || verb in CHANGE_VERBS || TURN_VERBS.has(verb) || TELL_VERBS.has(verb) || LIGHT_VERBS.has(verb);

/**
 * What a sentence about an app asks for: what users are to tell, and what is to be made of it. By the words alone: verbs that make or change
 * things, the things that they make, and who tells what.
 */
export function readSentence(sentence: string): Reading {
  return new Reader(sentence).read();
}

class Reader {
  readonly #tokens: string[];
  readonly #inputs: Wanted[] = [];
  readonly #made: Made[] = [];
  /** Made side by side: what is said after them is said of all. */
  #group: Made[] = [];
  #mode: Mode = { as: 'start' };
  #phrase: Phrase = { words: [] };
  #byUser = false;
  /** "You" may be the user, or the app that is spoken to. */
  #you = false;
  #joined = false;
  #expectsVerb = false;
  /** Who is helped does what the app does. */
  #helped = false;

  constructor(sentence: string) {
    this.#tokens = sentence.replaceAll('’', "'").match(/[\p{L}\p{N}][\p{L}\p{N}'-]*|[.,;:!?()&+]/gu) ?? [];
  }

  read(): Reading {
    this.#expectsVerb = true;
    // Its capital letter says nothing.
    if (/^\p{Lu}\p{Ll}+$/u.test(this.#tokens[0] ?? '')) this.#tokens[0] = this.#tokens[0]!.toLowerCase();
    for (const [at, token] of this.#tokens.entries()) this.#take(token, at);
    this.#flush();
    return { inputs: this.#inputs, made: this.#made };
  }

  #take(token: string, at: number): void {
    const lower = token.toLowerCase();
    const next = this.#tokens[at + 1]?.toLowerCase();
    if (/^[.;:!?()]$/.test(token)) return this.#sentence();
    if (token === ',' || JOINERS.has(lower)) {
      this.#flush();
      this.#joined = true;
      this.#expectsVerb = true;
      return;
    }
    if (/^(that|which|who)$/.test(lower) && (this.#phrase.words.length > 0 || at === 0 || !this.#isNounNext(next))) {
      this.#flush();
      this.#byUser = false;
      this.#expectsVerb = true;
      return;
    }
    if (/^(?:where|when|so|if|while|because)$/.test(lower)) {
      this.#flush();
      this.#byUser = false;
      this.#expectsVerb = true;
      return;
    }
    if (this.#isSubject(lower, next, at)) {
      this.#phrase = { words: [] };
      this.#byUser = !this.#helped;
      this.#you = lower === 'you';
      this.#expectsVerb = true;
      return;
    }
    const before = plainVerb(this.#tokens[at - 1] ?? '', isVerb);
    const helped = lower === 'them' && before !== undefined && LIGHT_VERBS.has(before);
    const telling = lower === 'they' && TELL_VERBS.has(plainVerb(next ?? '', isVerb) ?? '');
    if (helped || telling) {
      this.#flush();
      this.#byUser = !this.#helped;
      this.#you = false;
      this.#expectsVerb = true;
      return;
    }
    if (
      /^(it|them|they|this|these|those)$/.test(lower) &&
      (lower.length < 4 || lower.startsWith('the') || !this.#isNounNext(next))
    )
      return this.#pronoun();
    if (lower === 'me' || lower === 'us') {
      this.#byUser = false;
      return;
    }
    const verb = this.#verbAt(lower, next);
    if (verb !== undefined) return this.#act(verb, next);
    if (lower === 'given' && this.#phrase.determiner !== undefined && this.#phrase.words.length === 0) return;
    if (PREPOSITIONS.has(lower)) return this.#preposition(lower, next, this.#tokens[at + 2]?.toLowerCase());
    if (DETERMINERS.has(lower) || OWN.has(lower)) {
      const { words, determiner } = this.#phrase;
      if (words.at(-1) === 'of') return;
      if (
        determiner !== undefined &&
        words.length === 0 &&
        /^(?:two|three|four|five|several|few|many|more)$/.test(lower)
      ) {
        words.push(lower);
        return;
      }
      this.#flush();
      this.#expectsVerb = false;
      this.#phrase.determiner = lower;
      return;
    }
    if (FILLERS.has(lower) && this.#phrase.words.length === 0) return;
    this.#expectsVerb = false;
    this.#phrase.words.push(token);
  }

  /** "I", "users", or "students" where they do something. */
  #isSubject(lower: string, next: string | undefined, at: number): boolean {
    const { words, determiner } = this.#phrase;
    if (words.length > 0 || PREPOSITIONS.has(this.#tokens[at - 1]?.toLowerCase() ?? '')) return false;
    if (determiner !== undefined && determiner !== 'the') return false;
    return (
      USERS.has(lower) || (PEOPLE.has(singular(lower)) && next !== undefined && plainVerb(next, isVerb) !== undefined)
    );
  }

  #isNounNext(next: string | undefined): boolean {
    return (
      next !== undefined &&
      /^\p{L}/u.test(next) &&
      !PREPOSITIONS.has(next) &&
      !JOINERS.has(next) &&
      !DETERMINERS.has(next) &&
      plainVerb(next, isVerb) === undefined
    );
  }

  /** The plain form of a word that is a verb where it stands. */
  #verbAt(lower: string, next: string | undefined): string | undefined {
    const acts =
      next !== undefined && (DETERMINERS.has(next) || OWN.has(next) || /^(it|them|me|us|this|up)$/.test(next));
    const verb = plainVerb(lower, isVerb);
    const { words, determiner } = this.#phrase;
    // "The app answers": it does something.
    const byApp = words.length > 0 && APP_NOUNS.has(singular(words.at(-1)!));
    if (byApp && verb !== undefined && (acts || !this.#isNounNext(next))) return verb;
    if (words.length > 0 || determiner !== undefined) return undefined;
    if (verb !== undefined) {
      if (next !== undefined && (next in MAKERS || next in CHANGERS)) return undefined;
      // "Plan" and "review" are things as well: verbs where something is done to a thing, or nothing else can stand.
      if (VERB_NOUNS.has(verb) && !acts && !(this.#expectsVerb && !this.#joined)) return undefined;
      if (TEXT_NOUNS.has(singular(lower)) && !acts && this.#joined) return undefined;
      return verb;
    }
    // A verb that no list has: after "that", "to" and alike, before a thing.
    if (
      this.#expectsVerb &&
      acts &&
      !PREPOSITIONS.has(lower) &&
      !FILLERS.has(lower) &&
      !APP_NOUNS.has(lower) &&
      !TEXT_NOUNS.has(singular(lower))
    )
      return lower.replace(/(?<=[^s])s$/, '');
    return undefined;
  }

  #act(verb: string, next?: string): void {
    if (APP_NOUNS.has(singular(this.#phrase.words.at(-1) ?? ''))) this.#byUser = false;
    this.#flush();
    this.#expectsVerb = false;
    this.#helped = verb === 'help';
    if (LIGHT_VERBS.has(verb)) {
      this.#byUser = verb === 'let' || verb === 'allow' || verb === 'enable';
      this.#expectsVerb = true;
      this.#mode = { as: 'start' };
      return;
    }
    const tells =
      HANDING_VERBS.has(verb) ||
      // "I list my goals".
      (this.#byUser && verb === 'list' && next === 'my') ||
      (this.#byUser ? (this.#you ? CHOOSING_VERBS : TELL_VERBS) : TAKE_VERBS).has(verb);
    this.#joined = false;
    if (tells) {
      this.#mode = { as: 'tell', file: verb === 'upload' || verb === 'attach' };
      return;
    }
    this.#group = [];
    if (TURN_VERBS.has(verb)) this.#mode = { as: 'turn' };
    else if (MAKE_VERBS.has(verb)) this.#mode = { as: 'make', verb: /^(?:get|receive)$/.test(verb) ? 'write' : verb };
    else {
      this.#mode = { as: 'change', verb };
      this.#add({
        kind: 'text',
        title: CHANGE_VERBS[verb] ?? capital(verb),
        instruction: capital(verb),
        changes: true,
        details: [],
      });
    }
    this.#byUser = false;
  }

  #preposition(lower: string, next: string | undefined, afterNext: string | undefined): void {
    const last = this.#phrase.words.at(-1);
    // "A list of ideas" and "the name of my company" are one thing each.
    const apart = this.#mode.as === 'detail' && next !== undefined && DETERMINERS.has(next);
    // "Fix the grammar of my text": it is the text that is told.
    const changed = this.#mode.as === 'change' && this.#phrase.determiner === 'the' ? this.#group.at(-1) : undefined;
    if (lower === 'of' && changed && !changed.object && last !== undefined) {
      changed.instruction += ` the ${this.#phrase.words.join(' ')} of`;
      this.#phrase = { words: [] };
      return;
    }
    if (lower === 'of' && this.#mode.as === 'tell' && last !== undefined) {
      this.#phrase.words.push('of');
      return;
    }
    if (
      lower === 'of' &&
      !apart &&
      last !== undefined &&
      /^(?:list|kind|type|sort|name|names|set|series|number|couple|level|style|genre|piece)$/i.test(last)
    ) {
      this.#phrase.words.push('of');
      return;
    }
    this.#flush();
    const does =
      next !== undefined &&
      (plainVerb(next, isVerb) !== undefined ||
        (!DETERMINERS.has(next) && afterNext !== undefined && DETERMINERS.has(afterNext)));
    if (lower === 'to' && does) {
      this.#expectsVerb = true;
      return;
    }
    this.#joined = false;
    // "Based on" is one.
    if (lower === 'on' && this.#mode.as === 'detail' && this.#mode.preposition === 'based')
      this.#mode = { as: 'detail', preposition: 'based on' };
    else this.#mode = { as: 'detail', preposition: lower };
    this.#expectsVerb = false;
  }

  #sentence(): void {
    this.#flush();
    this.#mode = { as: 'start' };
    this.#group = [];
    this.#byUser = false;
    this.#helped = false;
    this.#joined = false;
    this.#expectsVerb = true;
  }

  /** "It" is what was made last, or what does the making. */
  #pronoun(): void {
    this.#flush();
    const before = this.#made.filter((made) => !this.#group.includes(made)).at(-1);
    if (this.#mode.as === 'change') {
      const changed = this.#group.at(-1);
      if (changed && !changed.object && before) changed.object = before;
      else if (changed && !changed.object && this.#inputs[0]) changed.object = this.#inputs.at(-1)!;
    } else if (this.#mode.as === 'detail' || this.#mode.as === 'make') {
      for (const made of this.#group) if (before) made.earlier ??= before;
      const told = this.#inputs.at(-1);
      if (!before && told && this.#mode.as === 'detail')
        addDetail(this.#group, this.#mode.preposition, { input: told });
    }
    this.#byUser = false;
    this.#expectsVerb = true;
  }

  #add(made: Made): Made {
    this.#made.push(made);
    this.#group.push(made);
    return made;
  }

  #flush(): void {
    const { determiner, words } = this.#phrase;
    this.#phrase = { words: [] };
    while (/^(?:of|and)$/i.test(words.at(-1) ?? '')) words.pop();
    const head = words.at(-1);
    if (head === undefined) return;
    const joined = this.#joined;
    this.#joined = false;
    const { as } = this.#mode;
    const one = singular(head);
    if (APP_NOUNS.has(one) && (as !== 'tell' || words.length === 1)) {
      if (as === 'make') this.#mode = { as: 'start' };
      return;
    }
    const changer = CHANGERS[one];
    if (changer !== undefined && as !== 'tell' && as !== 'detail') {
      this.#act(changer);
      const changed = words.slice(0, -1);
      if (changed.length > 0) this.#group[0]!.object = this.#wanted({ words: changed }, false);
      return;
    }
    const maker = MAKERS[one];
    if (maker !== undefined && as !== 'tell' && as !== 'detail') {
      const what = maker === '' ? words.slice(0, -1) : [...words.slice(0, -1), maker];
      if (what.length > 0) return this.#make({ words: what }, 'write');
    }
    if (determiner !== undefined && POINTING.has(determiner) && this.#pointsBack(one)) return;
    const phrase: Phrase = { determiner, words };
    if (as === 'tell' || as === 'turn') {
      this.#wanted(phrase, this.#mode.as === 'tell' && this.#mode.file).told = true;
      return;
    }
    if (as === 'start') {
      if (isMade(one)) {
        this.#make(phrase, 'write');
        this.#made.at(-1)!.named = true;
      }
      return;
    }
    if (this.#mode.as === 'make') return this.#make(phrase, this.#mode.verb);
    if (as === 'change') {
      const changed = this.#group.at(-1)!;
      // "Compares two phones", "explains a word": what is changed is told.
      if (!changed.object) changed.object = this.#wanted(phrase, false);
      else changed.details.push({ preposition: 'and', parts: [{ input: this.#wanted(phrase, false) }] });
      return;
    }
    this.#detail(phrase, joined, this.#mode.as === 'detail' ? this.#mode.preposition : '');
  }

  /** "The summary": something that there is already. */
  #pointsBack(one: string): boolean {
    const has = ({ title }: { title: string }) => title.toLowerCase().split(' ').map(singular).includes(one);
    const made = this.#made.filter((each) => !this.#group.includes(each)).findLast(has);
    const input = this.#inputs.findLast(has);
    if (!made && !input) return false;
    for (const each of this.#group) {
      if (this.#mode.as === 'change') each.object ??= made ?? input!;
      else if (made) each.earlier ??= made;
      else if (input && this.#mode.as === 'detail') addDetail([each], this.#mode.preposition, { input });
    }
    return true;
  }

  #make(phrase: Phrase, verb: string): void {
    const { words, determiner } = phrase;
    const one = singular(words.at(-1)!);
    const kind = PICTURE_NOUNS.has(one) || PAINT_VERBS.has(verb) ? 'image' : CHAT_NOUNS.has(one) ? 'chat' : 'text';
    // What is said of those before is not said of this.
    if (this.#group.some(({ details, changes }) => changes || details.length > 0)) this.#group = [];
    const title = titleOf(words);
    const standing = this.#made.find((made) => made.title.toLowerCase() === title.toLowerCase());
    if (standing) {
      // "A recipe generator … suggests a recipe": the same.
      this.#group = [standing];
      return;
    }
    const article = determiner !== undefined && !POINTING.has(determiner) ? determiner : undefined;
    const plural = one !== words.at(-1)!.toLowerCase();
    const named = `${article ?? (plural ? '' : /^[aeiou]/i.test(words[0]!) ? 'an' : 'a')} ${words.join(' ')}`.trim();
    this.#add({
      kind,
      title,
      instruction:
        kind === 'text'
          ? `${capital(verb)} ${named.replace(/^(?:my|your|our|any|some|each|every) /, (own) => (own === 'my ' || own === 'your ' ? 'my ' : own))}`
          : PICTURE_NOUNS.has(one) || kind === 'chat'
            ? capital(named.replace(/^(?:my|your|our|any|each|every) /, ''))
            : `A picture of ${named}`,
      changes: false,
      ...(this.#group.length > 0 ? { beside: true as const } : {}),
      details: [],
    });
  }

  #wanted({ words }: Phrase, file: boolean): Wanted {
    const title = titleOf(words);
    const standing = this.#inputs.find((input) => input.title.toLowerCase() === title.toLowerCase());
    if (standing) return standing;
    const made = { title, file: file || FILE_NOUNS.has(singular(words.at(-1)!)) };
    this.#inputs.push(made);
    return made;
  }

  #detail(phrase: Phrase, joined: boolean, preposition: string): void {
    const { words, determiner } = phrase;
    const one = singular(words.at(-1)!);
    const source = SOURCES.has(preposition.split(' ')[0]!);
    const owned = determiner !== undefined && /^(?:my|your|our|user's|users')$/.test(determiner);
    if (preposition === 'into' && isMade(one)) return this.#make(phrase, 'write');
    if (!source && !owned && isMade(one) && (joined || preposition === 'with')) return this.#make(phrase, 'write');
    if (one === 'choice') return;
    const indefinite =
      determiner === 'a' ||
      determiner === 'an' ||
      (determiner !== undefined && OWN.has(determiner) && !/^(?:each|every)$/.test(determiner));
    const audience = PEOPLE.has(one) && !/^(?:any|each|every|some)$/.test(determiner ?? '');
    const loose = /^(?:with|as|like|without|at|after|before|per|during)$/.test(preposition);
    const last = this.#group.at(-1)?.details.at(-1)?.parts.at(-1);
    const goesOn = joined && determiner === undefined && last !== undefined && 'input' in last;
    const asked =
      source || goesOn
        ? !audience
        : loose
          ? owned || (indefinite && ASKED_NOUNS.has(one))
          : !audience && (indefinite || (ASKED_NOUNS.has(one) && determiner === undefined));
    const part: Detail['parts'][number] = asked
      ? { input: this.#wanted(phrase, false) }
      : { words: [determiner, ...words].filter(Boolean).join(' ') };
    if (this.#group.length === 0 && 'input' in part) part.input.told = true;
    if (this.#group.length > 0) addDetail(this.#group, preposition, part);
  }
}

function addDetail(group: readonly Made[], preposition: string, part: Detail['parts'][number]): void {
  for (const { details } of group) {
    const last = details.at(-1);
    if (last?.preposition === preposition) last.parts.push(part);
    else details.push({ preposition, parts: [part] });
  }
}

const isMade = (one: string) => TEXT_NOUNS.has(one) || PICTURE_NOUNS.has(one) || CHAT_NOUNS.has(one);

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const titleOf = (words: readonly string[]) =>
  capital(
    words
      .slice(-TITLE_WORDS_MAX)
      .map((word) => (/^[A-Z]{2,}s?$/.test(word) ? word : word.toLowerCase()))
      .join(' ')
      .replace(/^of /, ''),
  ).slice(0, 50);
