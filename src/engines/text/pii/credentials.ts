import type { PiiSpan } from './types.ts';

const ACCESS_KEY = /(?<![\p{L}\p{N}_])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![\p{L}\p{N}_])/gu;
const SECRET = /(?<![A-Za-z0-9/+_-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])/g;
const SECRET_NAMED = /secret|aws|\bkey\b|credential|token/i;
const USERNAME =
  /(?<![\p{L}\p{N}_])(?:(?:log(?:ged)?|sign(?:ed)?)[\s-]?in\s+as|(?:log-?in|log-?out|sign-?in|session|access|request)\s+(?:of|by|from|for)\s+(?:the\s+)?user|user\s?-?_?names?|user\s?-?_?ids?|log-?in(?:\s+(?:name|id))?|screen\s?names?|account\s+names?|handles?|nick\s?names?|gamer\s?tags?|user)(?<joint>(?:\s+(?:is|was|of|to|named|called|for\s+[\p{L}\s]{1,24}?\s+is)\b\s*[:=]?\s*|\s*[:=]+\s*|["']\s*:\s*|\s+))(?<open>["'“‘\x60]?)(?<value>@?[\p{L}\p{N}][\p{L}\p{N}._\\@+-]{1,63})/giu;
const PASSWORD =
  /(?<![\p{L}\p{N}])(?:pass\s?-?words?|passwd|pwd|pw|pass\s?-?phrases?|pass\s?-?codes?|login\s+credentials?|pass)(?<joint>(?:\s+(?:for|to|on|of)\s+[\p{L}\p{N}'’ .-]{1,40}?)?\s*(?:\b(?:is|was|are|to|as|will\s+be|should\s+be|has\s+been\s+(?:set|changed|reset)\s+to|set\s+to|changed\s+to)\b\s*[:=]?\s*|[:=]+\s*|["']\s*:\s*|\s+))(?<open>["'“‘\x60]?)(?<value>[^\s"'“”‘’\x60<>]{4,128})/giu;
const HANDLE = /(?<![\p{L}\p{N}_.@/])@[A-Za-z_][A-Za-z0-9_]{2,29}(?![\p{L}\p{N}@]|\/|\.\p{L}|\()/gu;
/** Words that stand where a password or user name would, and are none: what is said about them. */
const SAID =
  /^(?:and|or|but|for|the|an?|is|was|are|not|in|on|of|to|too|very|that|this|it|my|your|his|her|their|our|has|have|had|been|must|should|can|will|with|from|by|at|as|if|so|when|required|incorrect|invalid|wrong|correct|expired?|expires|reset|resets|weak|strong|secure|safe|unknown|missing|empty|blank|optional|mandatory|protected|protection|manager|managers|policy|policies|field|fields|change|changes|changed|recovery|hash|hashed|hashing|hint|length|requirements?|rules?|lost|forgotten|forgot|stolen|compromised|leaked|exposed|never|always|also|already|still|only|just|because|needs?|page|prompt|screen|form|account|accounts|name|names|input|please|was|updated|removed|deleted|saved|stored|encrypted|hidden|visible|shared|same|different|there|here|what|which|who|then|than|experience|interface|guide|manual|data|story|stories|group|groups|agent|research|feedback|settings?|profile|permissions?|role|roles|management|error|errors|failed|attempts?|button|details|information|access|flow|session|credentials|url|link|case|cases|found|exists?|taken|available)$/iu;

/** "The password is hunter" tells one; "the password for new staff is …" is about one, unless what follows looks like a password. */
const TELLS = /^pass\s?-?(?:word|code|phrase)\s+is\s*$/i;
/** Where an "@" is somebody's handle, not a decorator or a package. */
const SOCIAL =
  /\b(?:twitter|tweets?|tweeted|instagram|insta|tiktok|telegram|slack|discord|github|mastodon|bluesky|threads|youtube|snapchat|follow(?:ed|s|ing)?|dm|handle|tag(?:ged)?|mention(?:ed)?|via|cc|thanks|user|profile|posted|message|ping)\b/i;

/** User names, passwords, and the keys of cloud accounts. */
export function findCredentials(text: string): PiiSpan[] {
  const found: PiiSpan[] = [];
  for (const { 0: raw, index } of text.matchAll(ACCESS_KEY)) {
    found.push({ type: 'AWS_ACCESS_KEY', start: index, end: index + raw.length, score: 0.99 });
  }
  for (const { 0: raw, index } of text.matchAll(SECRET)) {
    const near = SECRET_NAMED.test(text.slice(Math.max(0, index - 60), index));
    if (!randomLooking(raw, near)) continue;
    found.push({ type: 'AWS_SECRET_KEY', start: index, end: index + raw.length, score: near ? 0.98 : 0.7 });
  }
  for (const match of text.matchAll(PASSWORD)) addNamed(found, 'PASSWORD', match);
  for (const match of text.matchAll(USERNAME)) addNamed(found, 'USERNAME', match);
  if (text.includes('@')) {
    for (const { 0: raw, index } of text.matchAll(HANDLE)) {
      const social = SOCIAL.test(text.slice(Math.max(0, index - 60), index + raw.length + 40));
      if (social || /[\d_]/.test(raw)) {
        found.push({ type: 'USERNAME', start: index, end: index + raw.length, score: social ? 0.8 : 0.6 });
      }
    }
  }
  return found;
}

function addNamed(found: PiiSpan[], type: 'PASSWORD' | 'USERNAME', match: RegExpExecArray): void {
  const { joint, open, value } = match.groups as { joint: string; open: string; value: string };
  const trimmed = value.replace(type === 'PASSWORD' ? /[.,;:)\]]+$|[!?]+$(?<=\s)/ : /[.,;:!?)\]\\@+-]+$/, '');
  if (trimmed.length < (type === 'PASSWORD' ? 4 : 3) || SAID.test(trimmed.replace(/[!?]+$/, ''))) return;
  const assigned = /[:=]/.test(joint) || open !== '';
  const coded = /\d|[_!@#$%^&*+=~]|\p{Ll}\p{Lu}/u.test(trimmed);
  const said = /\b(?:is|was|to|as|be)\b/i.test(joint);
  const label = match[0].slice(0, match[0].length - value.length - open.length - joint.length).trim();
  if (!assigned) {
    if (/^(?:user|pass|log-?in|handles?)$|\suser$/i.test(label)) {
      // "user jane_7" names one, "user experience" and "pass 2" do not.
      if (!/\p{L}.*[\d_]|[\d_].*\p{L}/u.test(trimmed)) return;
    } else if (!coded && !/\sas$/i.test(label)) {
      const ends = /^["'”’]?(?:[.,;!?)]|\s*$)/u.test(
        match.input.slice(match.index + match[0].length - value.length + trimmed.length),
      );
      if (!said || (type === 'PASSWORD' && !TELLS.test(`${label}${joint}`) && !ends)) return;
    }
    if (type === 'PASSWORD' && !coded && /(?:ing|ed)$/.test(trimmed)) return;
  }
  const start = match.index + match[0].length - value.length;
  found.push({ type, start, end: start + trimmed.length, score: assigned || coded ? 0.93 : 0.7 });
}

/** Base-64 of random bytes: all kinds of characters, spread evenly. A hexadecimal digest or a path of words is not. */
function randomLooking(raw: string, named: boolean): boolean {
  const kinds = [/[a-z]/g, /[A-Z]/g, /\d/g].map((kind) => raw.match(kind)?.length ?? 0);
  if (kinds[0]! < 4 || kinds[1]! < 4 || (kinds[2]! < 1 && !named)) return false;
  return new Set(raw).size >= 18 && (raw.match(/[a-z]{7,}/g)?.length ?? 0) <= 1;
}
