import { ASK_LABELS, CUE_LABELS, MATERIAL_LABELS, REQUEST_VERBS } from './lexicons/requests.ts';
import { isFieldList } from './fields.ts';
import type { Prompt, Material, Section } from './shapes.ts';
import { fold, sentences } from './words.ts';

const ASK_TAGS = new Set(
  'question query questions instructions instruction task user_query user_question request rules format output_format prompt user human'.split(
    ' ',
  ),
);
const ASIDE_TAGS = new Set(
  'labels categories classes options choices schema json_schema fields example examples thinking answer output'.split(
    ' ',
  ),
);
const MARKUP_TAGS = new Set(
  'a b i u p em strong div span br hr h1 h2 h3 h4 h5 h6 table thead tbody tr td th ul ol li html body head code pre img'.split(
    ' ',
  ),
);
const NAME_TAGS = /<(title|name|source|file|filename|document_name|id)>([^<]{1,200})<\/\1>/i;
/** How deep tags are followed; deeper ones are read as text. */
const TAG_DEPTH_MAX = 4;

/** Takes a prompt apart into the request and the texts that it is about. Tags, fences and labels decide; else sentence forms do. */
export function readPrompt(text: string): Prompt {
  const material: Material[] = [];
  let rest = takeTags(text, material);
  rest = takeFences(rest, material);
  const sections = readSections(rest);
  const asks: string[] = [];
  let cue: string | undefined;
  for (const section of sections.list) {
    if (section.role === 'ask') asks.push(askText(section));
    else if (section.role === 'cue') {
      if (section.text.trim() === '') cue = section.label;
    } else {
      const parts = partition(section.text);
      if (parts.material !== '') material.push({ name: `the ${section.label}`, text: parts.material });
      if (parts.ask !== '') asks.push(parts.ask);
    }
  }
  const loose = readLoose(sections.loose, material.length > 0 || asks.length > 0);
  if (loose.material !== '') material.push({ name: 'the text', text: loose.material });
  const ask = [loose.ask, ...asks].filter((part) => part !== '').join('\n');
  return { ask, material, sections: sections.list, ...(cue === undefined ? {} : { cue }) };
}

const askText = (section: Section): string =>
  /^(?:q|question|questions|query|user question|user query|user|human|task|tasks|instructions?|request|prompt|rules|constraints|requirements)$/.test(
    section.label,
  )
    ? section.text.trim()
    : `${section.label}:${/^(?:[-*•]|\d+[.)])\s/.test(section.text.trim()) ? '\n' : ' '}${section.text.trim()}`;

function takeTags(text: string, material: Material[], depth = 0): string {
  if (!text.includes('</')) return text;
  return text.replace(
    /<([A-Za-z][\w-]*)(\s[^<>]*)?>([\s\S]*?)<\/\1\s*>/g,
    (whole, tag: string, attributes = '', body: string) => {
      const name = tag.toLowerCase();
      if (MARKUP_TAGS.has(name)) return whole;
      if (ASK_TAGS.has(name)) return `\n${body.trim()}\n`;
      if (ASIDE_TAGS.has(name)) return `\n${name.replaceAll('_', ' ')}: ${body.trim()}\n`;
      if (
        depth < TAG_DEPTH_MAX &&
        /<(?:document|doc|passage|search_result|result|chunk|item|article|source_document|text|content|document_content|page_content)\b[^>]*>[\s\S]*<\//i.test(
          body,
        )
      ) {
        const titled = NAME_TAGS.exec(body);
        const before = material.length;
        const left = takeTags(titled ? body.replace(titled[0], '') : body, material, depth + 1).trim();
        const own = (titled?.[2] ?? attributeName(attributes))?.trim();
        if (own !== undefined && material.length === before + 1)
          material[before] = { name: own, text: material[before]?.text ?? '' };
        if (left !== '' && material.length === before)
          material.push({ name: own ?? `the ${name.replaceAll('_', ' ')}`, text: left });
        return '\n';
      }
      const titled = NAME_TAGS.exec(body);
      const content = (titled ? body.replace(titled[0], '') : body).trim();
      if (content !== '')
        material.push({
          name: (titled?.[2] ?? attributeName(attributes) ?? `the ${name.replaceAll('_', ' ')}`).trim(),
          text: content,
        });
      return '\n';
    },
  );
}

function attributeName(attributes: string): string | undefined {
  return /\b(?:title|name|source|file|filename|id|index)\s*=\s*["']([^"']{1,200})["']/i.exec(attributes)?.[1];
}

function takeFences(text: string, material: Material[]): string {
  return text.replace(/(```|"""|''')([a-z]*\n)?([\s\S]*?)\1/g, (_whole, _fence, language = '', body: string) => {
    const content = body.trim();
    if (content === '') return '\n';
    if (/"(?:properties|\$schema|type)"\s*:/.test(content) && content.startsWith('{')) return `\nschema: ${content}\n`;
    material.push({ name: language.trim() === 'csv' ? 'the table' : 'the text', text: content });
    return '\n';
  });
}

const SECTION = new RegExp(
  String.raw`(?:^|\n)[ \t]*(?:\d+[.)][ \t]+)?[*#_]*((?:user |customer |source |news |product |movie |support |input |example )?(?:${MATERIAL_LABELS}|${ASK_LABELS}|${CUE_LABELS}))(?:[ \t]+(?:\d+|#\d+|[A-Z])\b)?(?:[ \t]*[(\[]([^)\]\n]{1,80})[)\]])?[*_]*[ \t]*:[*_]*(?=\s|$|["“'{\[])`,
  'gi',
);
const INLINE =
  /(?<=[.!?"”']\s{1,3})(Question|Q|Query|Context|Text|Passage|Answer|Document|Article|Sentiment|Label|Category|Review|Message|Ticket|Input|Options|Labels|Categories|Classes|Intents|Topics|Choices|(?:Possible|Valid|Allowed|Available) (?:labels|categories|classes|intents|topics|values|options|answers|emotions|departments|sentiments))\s?:(?=\s|$)/g;

function readSections(text: string): { list: Section[]; loose: string } {
  const marks: Mark[] = [];
  for (const match of text.matchAll(SECTION)) {
    const name = match[2];
    marks.push({
      at: match.index,
      from: match.index + match[0].length,
      label: (match[1] ?? '').toLowerCase() + (name && !CUES.test((match[1] ?? '').toLowerCase()) ? ` ${name}` : ''),
      ...(name && CUES.test((match[1] ?? '').toLowerCase()) ? { options: name } : {}),
    });
  }
  for (const match of text.matchAll(INLINE))
    if (!marks.some((mark) => match.index >= mark.at && match.index < mark.from))
      marks.push({ at: match.index, from: match.index + match[0].length, label: (match[1] ?? '').toLowerCase() });
  marks.sort((a, b) => a.at - b.at);
  const kept = marks.filter((mark, index) => isSection(text, mark, marks, index));
  const list: Section[] = [];
  for (const [index, mark] of kept.entries()) {
    const end = kept[index + 1]?.at ?? text.length;
    // "Sentiment (good or bad):" names the labels too.
    if (mark.options !== undefined) list.push({ label: 'labels', text: mark.options, role: 'ask' });
    list.push({ label: mark.label, text: text.slice(mark.from, end).trim(), role: roleOf(mark.label) });
  }
  return { list, loose: text.slice(0, kept[0]?.at ?? text.length) };
}

type Mark = { at: number; from: number; label: string; options?: string };
const RECORD_LINE = /^[ \t]*[-*•]?[ \t]*([\p{L}][\p{L}\p{N} _/()#'-]{0,40}):[ \t]+\S/u;

/**
 * Whether a labelled line is a section of the prompt and not a line of a record that stands in it: in "Name: …\nEmail: …\nCategory: …" the
 * neighbours are keys that no prompt uses as labels; and a place for the answer is empty, or has been filled before (examples).
 */
function isSection(text: string, mark: Mark, marks: Mark[], index: number): boolean {
  if (
    /^(?:context|text|document|doc|passage|input|article|question|query|q|task|source text|transcript|content)\b/.test(
      mark.label,
    )
  )
    return true;
  const before =
    text.slice(0, mark.at).trimEnd() === text.slice(0, mark.at).replace(/[ \t]+$/, '')
      ? (text.slice(0, mark.at).split('\n').at(-1) ?? '')
      : '';
  const lineEnd = text.indexOf('\n', mark.from);
  const after = lineEnd < 0 ? '' : (text.slice(lineEnd + 1).split('\n')[0] ?? '');
  for (const line of [before, after]) {
    const key = RECORD_LINE.exec(line)?.[1]?.toLowerCase();
    if (key !== undefined && !LABELS.test(key.replace(/ \d+$/, ''))) return false;
  }
  if (roleOf(mark.label) !== 'cue') return true;
  const content = text.slice(mark.from, marks[index + 1]?.at ?? text.length).trim();
  if (content === '' || /^(?:answer|a|output|response|assistant|final answer|helpful answer|reply)$/.test(mark.label))
    return true;
  return marks.filter((other) => other.label === mark.label).length > 1;
}

const isOneOf = (labels: string): RegExp => new RegExp(`^(?:${labels})$`);
const CUES = isOneOf(CUE_LABELS);
const ASKS = isOneOf(ASK_LABELS);
const LABELS = isOneOf(`${MATERIAL_LABELS}|${ASK_LABELS}|${CUE_LABELS}`);

function roleOf(label: string): Section['role'] {
  if (ASKS.test(label)) return 'ask';
  return CUES.test(label) ? 'cue' : 'material';
}

/** Sets aside the paragraphs and lines at the end of a labelled text that are requests, not text; and what follows a quotation. */
function partition(text: string): { material: string; ask: string } {
  const quoted = /^(["“])([^"”]+)(["”])[.,]?\s*\n?([\s\S]*)$/.exec(text.trim());
  if (quoted && (quoted[4] ?? '').trim() !== '' && isRequest(quoted[4] ?? ''))
    return { material: (quoted[2] ?? '').trim(), ask: (quoted[4] ?? '').trim() };
  const paragraphs = text.split(/\n\s*\n/);
  const asks: string[] = [];
  while (paragraphs.length > 1 && isRequest(paragraphs.at(-1) ?? '')) asks.unshift((paragraphs.pop() ?? '').trim());
  const lines = (paragraphs.pop() ?? '').split('\n');
  while (lines.length > 1 && isRequest(lines.at(-1) ?? '')) asks.unshift((lines.pop() ?? '').trim());
  paragraphs.push(lines.join('\n'));
  return { material: paragraphs.join('\n\n').trim(), ask: asks.join('\n') };
}

/** Whether all of `text` asks for something rather than telling something. */
export function isRequest(text: string): boolean {
  const spans = sentences(text.trim());
  return (
    spans.length > 0 &&
    spans.length < 12 &&
    spans.every((span) => isRequestSentence(text.trim().slice(span.start, span.end)))
  );
}

const REQUEST_OPENINGS =
  /^(?:(?:please|kindly|now|then|so|also|and|first|next|finally|ok|okay|hi|hello|hey)[,!]?\s+)*(?:can|could|would|will|do|did|does) (?:you|we|i)\b|^(?:i (?:want|need|would like|'d like|have a question|am looking)|i['’]d like|we need|let['’]s)\b|^(?:using|based on|according to|given|from|with|in|for|considering|as per|after reading|reading)\b.{0,30}\b(?:context|text|document|documents|passage|article|above|below|following|table|data|information|email|message|review|report|transcript|results|excerpt|notes|file|provided|attached)\b|^(?:you are|you're|act as|your (?:task|job|role|goal|answer|response|reply|output|summary)|the (?:answer|response|output|summary|reply|label) (?:must|should|has to|is to))\b|^(?:do not|don't|don’t|never|always|only|just|no more than|at most|at least|exactly|if you|if the (?:answer|text|context|document)|if it|if there|be |make sure|ensure|in (?:one|two|three|four|five|\d+|a|at most|under|no more|fewer|less|exactly)\b.{0,20}(?:word|sentence|bullet|line|point)|the following|here (?:is|are)|below (?:is|are)|note that|possible (?:labels|categories|values)|valid|allowed|available)\b|^(?:(?:possible|valid|allowed|available|candidate) )?(?:labels|categories|classes|options|choices|intents|topics|departments|teams|queues|tags|genres|emotions|sentiments)\s*:|^(?:one|a single|two|three|\d+) (?:words?|sentences?|lines?)\b|^(?:tl;?dr|summary|in (?:short|brief)|key (?:points|facts|takeaways)|gist|recap)\b|^(?:what|who|whom|whose|when|where|why|how|which)\b/i;

/** Whether a sentence asks for something: a question, an imperative, or a rule about the answer. */
export function isRequestSentence(sentence: string): boolean {
  const text = sentence.trim().replace(/^[-*•\d.)\s"“]+(?=\p{L})/u, '');
  if (/\?["”')\]]*$/.test(text)) return true;
  // "What a day!", "When the rain stopped, they left.": question words that open a statement.
  if (
    /^what an?\b/i.test(text) ||
    (/^(?:when|where|while|how|why|what|which|who)\b.*[.!]$/i.test(text) &&
      (/,/.test(text) || text.split(/\s+/).length > 14))
  )
    return false;
  if (REQUEST_OPENINGS.test(text))
    return (
      !/^(?:in|for|with|from|given|be)\b/i.test(text) ||
      !/\b(?:was|were|is|are|has|had)\b/.test(text.split(/[,:]/)[0] ?? '')
    );
  // "Start date: 3 May", "Order number: A-1": a line of a record.
  if (
    /^\p{L}+ (?:date|time|number|no\.?|id|name|code|status|type|score|rating|day|year|total|amount|level|title|price|city|point|value)\s*:\s/iu.test(
      text,
    )
  )
    return false;
  const opening = /^(?:(?:please|kindly|now|then|so|also|and|first|next|finally|ok|okay)[,!]?\s+)*([\p{L}'’-]+)/iu.exec(
    text,
  );
  const first = fold(opening?.[1] ?? '');
  if (!REQUEST_VERBS.has(first) || /^[,;|\t:]/.test(text.slice(opening?.[0].length ?? 0))) return false;
  // "Order 66 was …", "Review scores rose": a verb-like noun that opens a statement.
  return (
    /^(?:calculate|compute|add|multiply|divide|subtract|convert|evaluate|sum|translate)$/.test(first) ||
    !/^\S+\s+(?:of\b|#?\d|[A-Z]+-?\d|(?:\S+\s)?(?:is|was|are|were|has|had|will)\b)/i.test(text) ||
    first === 'please'
  );
}

/** A prompt without labels: "Summarise: <text>", "<text> <question>", or paragraphs of each. */
function readLoose(text: string, framed: boolean): { ask: string; material: string } {
  const whole = text.trim();
  if (whole === '') return { ask: '', material: '' };
  if (isTemplated(whole)) return { ask: whole, material: '' };
  // 'Is the sentiment of "It broke. I want a refund." positive?': the full stops inside belong to the quotation.
  const within =
    /^([^"“:.!?\n]{3,200})\s["“]([^"“”]{8,4000}[.!?])["”]\s([^"“”:.!?\n]{2,200}\?(?:\s[^"“”\n]{0,200})?)$/.exec(whole);
  if (within) return { ask: `${within[1]} the text ${within[3]}`, material: within[2] ?? '' };
  const colon = /^([\s\S]{3,600}?):[ \t]*(?:\n+|(?=["“'‘])|[ \t])\s*([\s\S]+)$/.exec(whole);
  // A colon inside quotation marks (`start with "ANSWER:"`) opens nothing.
  if (colon && !framed && (colon[1]?.match(/["“”]/g)?.length ?? 0) % 2 === 0) {
    const head = (colon[1] ?? '').trim();
    const tail = (colon[2] ?? '').trim();
    const opening = sentences(head);
    const last = opening.at(-1);
    const lead = last ? head.slice(last.start) : head;
    const fields = fieldsApart(lead, tail);
    if (fields) {
      // "… Return as JSON." right behind the list is about the answer.
      const form =
        /^\s*(?:(?:return|respond|answer|output|reply|use|give|format|write|only|do not|don['’]?t)\b[^.\n]*\b(?:json|null|only|format|lines?|explain|explanation|else|keys)\b[^.\n]*(?:\.\s*|\n|$))+/i.exec(
          fields.rest,
        )?.[0] ?? '';
      const rest = partition(unquote(fields.rest.slice(form.length)));
      return {
        ask: [`${head}:\n${fields.list}`, form.trim(), rest.ask].filter(Boolean).join('\n'),
        material: rest.material,
      };
    }
    const pulling = /\b(?:extract|pull|parse|summari[sz]e|identify|get|find|collect|capture)\b[^.?!]*\bfrom\s*$/i.test(
      lead,
    );
    const listing =
      !pulling &&
      /\b(?:from|of|into|as|options|choices|labels|categories|classes|keys?|fields?|columns?|format|with|one of|between|values|belongs? to|fits?|say|write|with the words?|word|phrase|rules|steps|following (?:labels|categories|classes|keys|fields|options|format|topics|intents|departments))\s*(?:\([^)]*\))?$/i.test(
        lead,
      );
    const next = sentences(tail)[0];
    // "Decide: is it good or bad? …": what follows the colon still asks.
    const asksOn = next !== undefined && /\?\s*$/.test(tail.slice(next.start, next.end)) && !tail.startsWith('"');
    if (isRequestSentence(lead) && !asksOn && !listing && !/^(?:what|who|when|where|how)\b[^:]*\?/i.test(lead)) {
      const parts = partition(unquote(tail));
      return { ask: [head, parts.ask].filter(Boolean).join('\n'), material: parts.material };
    }
  }
  const asks: string[] = [];
  const told: string[] = [];
  let afterListing = false;
  const paragraphs = whole.split(/\n\s*\n/);
  // Where a paragraph of its own asks, the others are the text, whatever requests that text may hold.
  const asksApart = paragraphs.length > 1 && paragraphs.some((paragraph) => isRequest(paragraph));
  for (const paragraph of paragraphs) {
    const listed = /^\s*(?:[-*•]|\d+[.)])\s/.test(paragraph) && afterListing;
    if (listed || isRequest(paragraph)) asks.push(paragraph.trim());
    else {
      const parts = asksApart ? { ask: '', material: paragraph.trim() } : mixed(paragraph);
      if (parts.ask !== '') asks.push(parts.ask);
      if (parts.material !== '') told.push(parts.material);
    }
    afterListing = /:\s*$/.test(paragraph);
  }
  return { ask: asks.join('\n'), material: told.join('\n\n') };
}

/** "Extract: name, e-mail. <text>", "Extract the following: <bullets> <text>": the list of fields, and what follows it. */
function fieldsApart(lead: string, tail: string): { list: string; rest: string } | undefined {
  if (
    !/\b(?:extract|pull out|parse|return|identify|capture|get|give me|find|fields?|keys?|following|details|information|attributes|properties)(?: (?:from|in|as|and|return|the|this|it|json|text|message|email|document|below|above|following|fields?|information|details|data|attributes|values))*\s*$/i.test(
      lead,
    ) ||
    !/\b(?:extract|pull|parse|capture|fields?|keys?|json|information|details|attributes|properties)\b/i.test(lead)
  )
    return undefined;
  const lines = tail.split('\n');
  let count = 1;
  if (/^\s*(?:[-*•]|\d+[.)])\s/.test(lines[0] ?? ''))
    while (count < lines.length && /^\s*(?:[-*•]|\d+[.)])\s/.test(lines[count] ?? '')) count++;
  const list = lines.slice(0, count).join('\n');
  if (isFieldList(list)) return { list, rest: lines.slice(count).join('\n') };
  // On one line: "Extract: name, email. Hi, this is …"
  const inline = /^([^.?!:"“\n]{3,200})[.]\s+([\s\S]+)$/.exec(tail);
  return inline && isFieldList(inline[1] ?? '') ? { list: inline[1] ?? '', rest: inline[2] ?? '' } : undefined;
}

/** 'Return {"a": "…", "b": 0}': the template belongs to the request. */
function isTemplated(text: string): boolean {
  const lead = /^([^{}]{3,300}?)\s*\{\s*["'][^{}]*\}\s*\.?$/.exec(text.trim())?.[1];
  return lead !== undefined && isRequest(lead.replace(/:$/, ''));
}

/** One paragraph that tells and asks: its leading or trailing request sentences are the request, what lies between is told. */
function mixed(paragraph: string): { ask: string; material: string } {
  const colon = /^([^\n]{3,300}?):[ \t]*(?:\n|(?=["“]))\s*([\s\S]+)$/.exec(paragraph);
  if (colon && isRequestSentence(colon[1] ?? '')) {
    const tail = colon[2] ?? '';
    const parted = partition(tail);
    if (/\b(?:labels|categories|classes|options|choices|keys|fields|one of|format|from)\b[^:]*$/i.test(colon[1] ?? ''))
      return { ask: paragraph.trim(), material: '' };
    return {
      ask: [(colon[1] ?? '').trim(), parted.ask].filter(Boolean).join('\n'),
      material: unquote(parted.material),
    };
  }
  if (isTemplated(paragraph)) return { ask: paragraph.trim(), material: '' };
  const spans = sentences(paragraph);
  const isAsk = spans.map((span) => isRequestSentence(paragraph.slice(span.start, span.end)));
  let from = 0;
  let to = spans.length;
  while (from < to && isAsk[from]) from++;
  while (to > from && isAsk[to - 1]) to--;
  const text = (list: typeof spans): string => list.map((span) => paragraph.slice(span.start, span.end)).join(' ');
  const first = spans[from];
  const last = spans[to - 1];
  return {
    ask: [text(spans.slice(0, from)), text(spans.slice(to))].filter(Boolean).join(' '),
    material: first && last ? paragraph.slice(first.start, last.end) : '',
  };
}

/** `text` without the quotation marks around all of it. */
export function unquote(text: string): string {
  const quoted = /^(["“'‘])([\s\S]*)(["”'’])$/.exec(text.trim());
  return quoted && !(quoted[2] ?? '').includes('"') ? (quoted[2] ?? text) : text;
}
