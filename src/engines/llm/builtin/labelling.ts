import type { Example, Label } from './classify.ts';
import { scoreLabels } from './classify.ts';
import type { Conversation } from './shapes.ts';
import type { Draft } from './draft.ts';
import type { Sampling } from './sampling.ts';
import { draw } from './sampling.ts';
import { fold } from './words.ts';

/** A classification that a prompt asks for. */
export type Labelling = {
  labels: Label[];
  examples: Example[];
  text: string;
  /** "Is it positive? Yes or no": the sentiment that yes stands for. */
  affirmed?: string;
};

const CLASSIFYING =
  /\b(?:classif|is (?:this|the) .{0,40}\b(?:review|text|message|email|tweet|comment|sentence|feedback|ticket|post|passage|opinion)\b.*\bor\b|(?:choose|pick|select|find|name|give|determine|decide on|state|tell me) (?:the |a |one )?(?:best |right |correct |most \w+ |appropriate )?(?:queue|category|label|topic|class|intent|tag|department|team|genre|subject|emotion|sentiment|tone|mood)\b|which of (?:these|the following|the) (?:topics|categories|labels|classes|intents|tags|departments|genres)|fits? (?:it|this|the \w+) best|whether|rate (?:the|this)|does (?:this|the) .*\b(?:express|sound|convey|show)|(?:best|right|correct|most (?:fitting|suitable|appropriate|likely)) (?:category|label|topic|class|intent|tag|department)|what(?: is|'s) (?:its|the|this \w+'s) (?:overall |main |primary )?(?:sentiment|urgency|priority|mood|genre|language|class|department|topic|category|intent|emotion|tone)|sentiment|categori[sz]|label\b|labels\b|sentiment|which (?:category|class|label|topic|department|team|intent|queue|genre)|what (?:category|class|topic|intent|genre|emotion|tone|sentiment|department|queue|priority|kind of (?:message|email|ticket|text|review))|assign|tag (?:the|this)|route (?:the|this)|triage|determine (?:the|whether|if)|decide (?:whether|if|which)|is (?:this|the (?:following )?(?:review|text|message|email|tweet|comment|sentence|feedback|ticket))\b.*\bor\b|spam|identify the (?:intent|emotion|topic|category|sentiment|tone|language|genre)|detect the (?:intent|emotion|sentiment|tone|language)|belongs? to|falls? (?:in|under|into)|sort (?:this|the) .* into|rate the sentiment|emotion)/i;

/** Reads a classification from a conversation: its labels, examples and the text to label; undefined when none is asked for. */
export function readLabelling(conversation: Conversation): Labelling | undefined {
  const { ask, rules, prompt } = conversation;
  const shots = readExamples(conversation);
  const loose = prompt.material
    .filter((item) => item.name === 'the text' && item.text.length < 60)
    .map((item) => item.text);
  const both = [rules, ask, ...loose].join('\n');
  const asking =
    CLASSIFYING.test([ask, ...loose].join('\n')) ||
    (CLASSIFYING.test(rules) && !/\?\s*$/.test(ask)) ||
    shots.examples.length > 1 ||
    /^(?:label|category|sentiment|class|classification|intent|topic|emotion|genre|priority|department|spam|tone|prediction|queue)$/.test(
      prompt.cue ?? '',
    );
  if (!asking) return undefined;
  let labels = readLabels(ask);
  if (labels.length < 2) labels = readLabels(rules);
  if (labels.length < 2)
    labels = readLabels(
      conversation.prompt.sections
        .filter((section) => section.role === 'ask')
        .map((section) => `${section.label}:${/^(?:[-*•]|\d+[.)])\s/.test(section.text) ? '\n' : ' '}${section.text}`)
        .join('\n'),
    );
  if (labels.length < 2 && shots.examples.length > 0)
    labels = [...new Map(shots.examples.map((example) => [fold(example.label), { name: example.label }])).values()];
  if (labels.length < 2 && /\bsentiment\b/i.test(both))
    labels = ['positive', 'negative', 'neutral'].map((name) => ({ name }));
  if (labels.length < 2 && /\bemotion\b/i.test(both))
    labels = ['joy', 'sadness', 'anger', 'fear', 'surprise', 'disgust'].map((name) => ({ name }));
  if (labels.length < 2 && /\bspam\b/i.test(both)) labels = ['spam', 'not spam'].map((name) => ({ name }));
  if (labels.length < 2) return undefined;
  const text = shots.text ?? textToLabel(conversation);
  if (text === undefined) return undefined;
  const tones = new Set((ask.match(/\b(?:positive|negative|neutral)\b/gi) ?? []).map((tone) => tone.toLowerCase()));
  const [tone] = tones;
  const polar = labels.length === 2 && labels.every(({ name }) => /^(?:yes|no)$/i.test(name));
  return {
    labels,
    examples: shots.examples,
    text,
    ...(polar && tones.size === 1 && tone !== undefined ? { affirmed: tone } : {}),
  };
}

/** The label as asked for; at a temperature, drawn among them. */
export function label(labelling: Labelling, sampling: Sampling): Draft {
  const tones = ['positive', 'negative', 'neutral'].map((name) => ({ name }));
  const scored =
    labelling.affirmed === undefined
      ? scoreLabels(labelling.text, labelling.labels, labelling.examples)
      : scoreLabels(labelling.text, tones).map(({ value, score }) => ({
          value:
            labelling.labels.find(({ name }) => /^yes$/i.test(name) === (value === labelling.affirmed))?.name ?? value,
          score,
        }));
  const chosen = draw(scored, sampling);
  return {
    short: chosen,
    full: chosen,
    spare: [`The text fits "${chosen}" best among the labels that were given.`],
    json: undefined,
  };
}

/** An example in a line: "Great film -> positive"; and one that still lacks its label. */
const ARROW =
  /^\s*(?:[-*•]|\d+[.)])?\s*["“']?(.{3,400}?)["”']?\s*(?:->|=>|→|\/\/|\|\s|\s=\s|\t)\s*["“']?([\p{L}][\p{L} _/-]{0,40}?)["”']?\s*$/u;
const OPEN_ARROW = /^\s*(?:[-*•]|\d+[.)])?\s*["“']?(.{3,2000}?)["”']?\s*(?:->|=>|→|\/\/|=)\s*$/u;

/** "Text: … Sentiment: …" pairs of a prompt, or earlier turns answered with one label each; and the text that still lacks its label. */
function readExamples(conversation: Conversation): { examples: Example[]; text?: string } {
  const examples: Example[] = [];
  const { sections } = conversation.prompt;
  let pending: string | undefined;
  for (const section of sections) {
    if (
      section.role === 'material' ||
      (section.role === 'ask' && /^(?:q|question|query|user|human|utterance|request)$/.test(section.label))
    )
      pending = section.text;
    else if (section.role === 'cue' && pending !== undefined) {
      const name = section.text.split('\n')[0]?.trim() ?? '';
      if (name !== '' && name.split(/\s+/).length <= 5) {
        examples.push({ text: unmarked(pending), label: name.replace(/[.]$/, '') });
        pending = undefined;
      }
    }
  }
  if (examples.length > 0) return { examples, ...(pending === undefined ? {} : { text: unmarked(pending) }) };
  const pairs = readPairs(conversation.asked);
  if (pairs) return pairs;
  // Line by line: patterns of whole texts take cubic time for blank lines.
  const lines = conversation.asked.split('\n');
  const arrows = lines.flatMap((line) => {
    const [, text = '', label = ''] = ARROW.exec(line) ?? [];
    return label === '' ? [] : [{ text, label }];
  });
  if (arrows.length > 1) {
    const open = lines.map((line) => OPEN_ARROW.exec(line)?.[1]).find((text) => text !== undefined);
    return {
      examples: arrows,
      ...(open === undefined ? {} : { text: open }),
    };
  }
  const turns = conversation.past.filter(
    (turn) => turn.answer.split(/\s+/).length <= 4 && !/[.?!].+/.test(turn.answer),
  );
  if (turns.length > 1 && turns.length === conversation.past.length && !/\?\s*$/.test(conversation.asked))
    return {
      examples: turns.map((turn) => ({ text: turn.ask, label: turn.answer.trim().replace(/\.$/, '') })),
      text: conversation.asked,
    };
  return { examples: [] };
}

/** Examples under labels of any name: "News: … / Tag: …", the last "Tag:" left open. */
function readPairs(text: string): { examples: Example[]; text?: string } | undefined {
  const open = /\n[ \t]*([\p{L}][\p{L} _-]{0,24}):\s*$/u.exec(text)?.[1];
  if (open === undefined) return undefined;
  const answer = new RegExp(`^[ \\t]*${open}:[ \\t]*(.*)$`, 'iu');
  const examples: Example[] = [];
  let body: string[] = [];
  let last: string | undefined;
  for (const line of text.split('\n')) {
    const label = answer.exec(line)?.[1]?.trim();
    if (label === undefined) {
      if (line.trim() !== '') body.push(line.trim().replace(/^[\p{L}][\p{L} _-]{0,24}:\s+/u, ''));
      continue;
    }
    const shown = body.join('\n');
    body = [];
    if (label === '') last = shown;
    else if (label.split(/\s+/).length <= 5) examples.push({ text: unmarked(shown), label: label.replace(/\.$/, '') });
  }
  return examples.length > 1 && last !== undefined ? { examples, text: unmarked(last) } : undefined;
}

const unmarked = (text: string): string => text.trim().replace(/^["“']|["”']$/g, '');

function textToLabel(conversation: Conversation): string | undefined {
  const current = conversation.sources.filter((source) => source.current && source.kind !== 'system');
  const labelled = current.filter((source) => source.name !== 'the text' || source.kind === 'document');
  if (current.length > 0) return (labelled.length > 0 ? labelled : current).map((source) => source.text).join('\n');
  const quotes = [
    ...conversation.ask.matchAll(/["“]([^"”]{3,})["”]|(?<![\p{L}])'((?:[^']|'(?=\p{L})){6,})'(?![\p{L}])/gu),
  ]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((quote) => quote.split(/\s+/).length >= 3);
  const longest = quotes.sort((a, b) => b.length - a.length)[0];
  if (longest !== undefined) return longest;
  if (CLASSIFYING.test(conversation.rules) && conversation.asked.trim() !== '') return conversation.asked;
  const asked = conversation.prompt.sections.findLast(
    (section) => /^(?:request|query|question|q|user|utterance|prompt)$/.test(section.label) && section.text !== '',
  );
  if (asked) return unmarked(asked.text);
  const earlier = conversation.sources.filter((source) => source.kind !== 'system').at(-1);
  return earlier?.text;
}

/** The labels that a request lists: bullets, "Labels: a, b", "as a, b or c", "(a/b/c)", quoted ones. */
export function readLabels(text: string): Label[] {
  const heading =
    /\b(?:labels|categories|classes|options|choices|topics|intents|departments|emotions|queues|teams|tags|genres|sentiments|priorities|following|one of)\b[^\n:]{0,80}:\s*\n((?:\s*(?:[-*•]|\d+[.)])[^\S\n]*\S.*(?:\n|$))+)/i.exec(
      text,
    ) ?? /:[^\S\n]*\n((?:\s*(?:[-*•]|\d+[.)])[^\S\n]*\S.*(?:\n|$)){2,})/.exec(text);
  if (heading) {
    return (heading[1] ?? '')
      .split('\n')
      .map((line) => line.trim().replace(/^(?:[-*•]|\d+[.)])\s*/, ''))
      .filter(Boolean)
      .map((line) => {
        const parts = /^["“'`*]*([^:"”'`*–—(]+?)["”'`*]*\s*(?::|\s[–—-]\s|\()\s*(.+?)\)?$/.exec(line);
        return parts
          ? { name: (parts[1] ?? '').trim(), about: parts[2] ?? '' }
          : {
              name: line
                .replace(/["“”'`*]/g, '')
                .replace(/[.,;]$/, '')
                .trim(),
            };
      });
  }
  const patterns = [
    /\b(?:from|of) (?:this|the following|the|these) (?:list|set|options|choices|labels)\s*:\s*\[?\(?([^\n.?!\])]+)/i,
    /\b(?:labels|categories|classes|options|choices|topics|intents|departments|emotions|queues|teams|tags|genres|sentiments|priorities|possible (?:values|labels|answers))\b[^\n:.?!]{0,60}?(?::|\bare\b)\s*\[?\(?([^\n.?!\])]+)/i,
    /\b(?:one of|either of|any of|from|among|between|into|as either|as one of)\b(?: (?:the )?(?:following|these|those))?(?:(?: [\p{L}]+){1,2}(?=\s*:))?(?: (?:labels|categories|classes|options|topics|intents|words|departments|emotions|queues|teams|tags|genres|values))?\s*:?\s*[[({]?((?:["“'`]?[\p{L}][\p{L}\p{N} _&/+-]{0,40}["”'`]?\s*(?:,|;|\bor\b|\band\b|\/|\|)\s*(?:or |and )?)+["“'`]?[\p{L}][\p{L}\p{N} _&/+-]{0,40}["”'`]?)/iu,
    /[[({]((?:["“'`]?[\p{L}][\p{L}\p{N} _&-]{0,40}["”'`]?\s*(?:,|;|\/|\||\bor\b)\s*(?:or )?)+["“'`]?[\p{L}][\p{L}\p{N} _&-]{0,40}["”'`]?)[\])}]/iu,
    /\b(?:as|is|be|with|to|either|answer|say|output|respond|reply|sentiment|emotion|return)\b\s*:?\s*(?:either |a |an |the |only |just )?((?:["“'`]?[\p{L}][\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+)?["”'`]?\s*,\s*)*["“'`]?[\p{L}][\p{L}\p{N}_-]*(?: [\p{L}\p{N}_-]+)?["”'`]?,?\s+or\s+["“'`]?[\p{L}][\p{L}\p{N}_-]*(?: (?!or\b)[\p{L}\p{N}_-]+)?["”'`]?)/iu,
    /((?:[\p{L}][\p{L}\p{N}_-]*,\s*)*[\p{L}][\p{L}\p{N}_-]*,?\s+or\s+[\p{L}][\p{L}\p{N}_-]*)/iu,
  ];
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (!match) continue;
    const list = splitLabels(match[1] ?? '');
    if (list.length >= 2) return list;
  }
  return [];
}

function splitLabels(text: string): Label[] {
  const separator =
    text.includes(',') || text.includes(';') || text.includes('|')
      ? /\s*[,;|]\s*(?:or\s+|and\s+)?|\s+or\s+/
      : text.includes('/') && !/\s(?:or|and)\s/.test(text)
        ? /\s*\/\s*/
        : /\s+(?:or|and)\s+/;
  const parts = text.split(separator).map((part) =>
    part
      .trim()
      .replace(/^(?:(?:either|a|an|the|as|or|and|with|only|just|exactly)\s+)+/i, '')
      .replace(/["“”'`]/g, '')
      .replace(/[.:]$/, '')
      .trim(),
  );
  // "Sports, Politics and Business": the last comma-part may hold two.
  const last = parts.at(-1);
  const pair = last === undefined ? null : /^(.+?)\s+and\s+(.+)$/.exec(last);
  if (pair && parts.length > 1 && parts.slice(0, -1).every((part) => !part.includes(' and ')))
    parts.splice(-1, 1, pair[1] ?? '', pair[2] ?? '');
  return parts.filter((part) => part !== '' && part.split(/\s+/).length <= 4).map((name) => ({ name }));
}
