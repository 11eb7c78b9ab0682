import type { Case, Template } from './cases.ts';
import { user, wordsOf } from './cases.ts';
import type { Draws } from './draws.ts';

export type Fact = { text: string; question: string; answer: string };

const bridge = (d: Draws): Fact => {
  const answer = d.person();
  return {
    text: `The tower was designed by ${answer} in ${d.year()}. It stands in ${d.city()} and is ${d.int(40, 300)} metres tall.`,
    question: 'Who designed the tower?',
    answer,
  };
};
const shop = (d: Draws): Fact => {
  const answer = d.city();
  return {
    text: `${d.firm()} has its headquarters in ${answer}. It was founded in ${d.year()} by ${d.person()}. The firm employs ${d.int(20, 900)} people.`,
    question: 'In which city are the headquarters?',
    answer,
  };
};
const museum = (d: Draws): Fact => {
  const answer = String(d.year());
  return {
    text: `The museum opened in ${answer}. It shows ${d.int(100, 900)} paintings and is visited by ${d.int(10, 90)},000 people a year. ${d.person()} is its director.`,
    question: 'When did the museum open?',
    answer,
  };
};

export const holds = (text: string, fact: Fact): string | undefined =>
  text.toLowerCase().includes(fact.answer.toLowerCase()) ? undefined : `no ${fact.answer}: ${text}`;

export const rule =
  (
    make: (d: Draws) => Fact,
    build: (d: Draws, fact: Fact) => { ask?: string; system?: string; more?: object; check: Case['check'] },
  ): Template =>
  (d) => {
    const fact = make(d);
    const { ask = '', system, more = {}, check } = build(d, fact);
    return {
      request: user(`Context: ${fact.text}\n\nQuestion: ${fact.question}${ask === '' ? '' : ` ${ask}`}`, {
        ...more,
        system: system === undefined ? [] : [system],
      }),
      check,
    };
  };

export const atMost =
  (n: number, fact: Fact): Case['check'] =>
  ({ text }) =>
    wordsOf(text).length <= n ? holds(text, fact) : `${wordsOf(text).length} words, limit ${n}: ${text}`;
export const exactly =
  (n: number): Case['check'] =>
  ({ text }) =>
    wordsOf(text).length === n ? undefined : `${wordsOf(text).length} words, wanted ${n}: ${text}`;

/** The templates that the engine is tuned on. */
export const instructions: Template[] = [
  rule(bridge, (d, fact) => {
    const n = d.int(5, 20);
    return { ask: `Answer in at most ${n} words.`, check: atMost(n, fact) };
  }),
  rule(bridge, (d) => {
    const n = d.int(5, 25);
    return { ask: `Answer in exactly ${n} words.`, check: exactly(n) };
  }),
  rule(shop, (_d, fact) => ({
    ask: 'Answer with the name only.',
    check: ({ text }) => (text.trim().replace(/\.$/, '') === fact.answer ? undefined : text),
  })),
  rule(shop, (_d, fact) => ({
    system: 'Always answer in upper case.',
    check: ({ text }) => (text === text.toUpperCase() ? holds(text, fact) : text),
  })),
  rule(bridge, (d, fact) => {
    const word = d.pick(['Certainly!', 'Dear reader,', 'ANSWER:']);
    return {
      system: `Start every answer with "${word}".`,
      check: ({ text }) => (text.startsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(shop, (d, fact) => {
    const word = d.pick(['Over and out.', 'Kind regards', '--END--']);
    return {
      ask: `End your answer with "${word}".`,
      check: ({ text }) => (text.endsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(bridge, (d) => {
    const n = d.int(2, 12);
    return {
      more: { maxTokens: n },
      check: (outcome) =>
        outcome.outputTokens === n && outcome.stopReason === 'max_tokens'
          ? undefined
          : `${outcome.outputTokens} ${outcome.stopReason}`,
    };
  }),
  rule(shop, (_d, fact) => {
    const stop = fact.answer.slice(1, 4);
    return {
      more: { stopSequences: ['@@', stop] },
      check: (outcome) =>
        !outcome.text.includes(stop) && outcome.stopReason === 'stop_sequence' && outcome.stopSequence === stop
          ? undefined
          : `${outcome.text} ${outcome.stopReason}`,
    };
  }),
  rule(bridge, (_d, fact) => ({
    ask: 'Respond in JSON with the key "answer".',
    check: ({ text }) => {
      try {
        return (JSON.parse(text) as { answer?: unknown }).answer === fact.answer ? undefined : text;
      } catch {
        return `no JSON: ${text}`;
      }
    },
  })),
  rule(bridge, (d) => {
    const n = d.int(1, 3);
    return {
      ask: `Answer in exactly ${n} sentence${n > 1 ? 's' : ''}.`,
      check: ({ text }) =>
        text.split(/(?<=[.!?]"?)\s+(?=[A-Z"0-9])/).length === n ? undefined : `wanted ${n}: ${text}`,
    };
  }),
  (d) => {
    const options = d.some(['red', 'green', 'blue', 'amber', 'violet'], 3);
    return {
      request: user(`Pick a colour from: ${options.join(', ')}.`, { temperature: 1, seed: d.int(0, 1e6) }),
      check: ({ text }) => (options.includes(text.trim().replace(/\.$/, '')) ? undefined : text),
    };
  },
  (d) => {
    const [a, b] = [d.int(2, 99), d.int(2, 99)];
    return {
      request: user(`What is ${a} * ${b}?`),
      check: ({ text }) => (text.includes(String(a * b)) ? undefined : text),
    };
  },
  (d) => {
    const list = d.some(['pear', 'apple', 'fig', 'cherry', 'mango', 'kiwi'], 4);
    return {
      request: user(`Sort these alphabetically: ${list.join(', ')}`),
      check: ({ text }) => (text.trim() === [...list].sort().join(', ') ? undefined : text),
    };
  },
  (d) => {
    const mails = [d.email(), d.email()];
    return {
      request: user(`List all email addresses in the text: Write to ${mails[0]} or, on weekends, to ${mails[1]}.`),
      check: ({ text }) => (mails.every((mail) => text.includes(mail)) ? undefined : text),
    };
  },
  rule(museum, (d, fact) => {
    const n = d.int(4, 15);
    return { system: `Keep every answer under ${n} words.`, check: atMost(n - 1, fact) };
  }),
  rule(museum, (d, fact) => {
    const n = d.int(6, 18);
    return { ask: `Use no more than ${n} words.`, check: atMost(n, fact) };
  }),
  rule(museum, (d) => {
    const n = d.int(6, 20);
    return { ask: `Your answer must be exactly ${n} words long.`, check: exactly(n) };
  }),
  rule(museum, (_d, fact) => ({
    ask: 'Give only the year, nothing else.',
    check: ({ text }) => (text.trim().replace(/\.$/, '') === fact.answer ? undefined : text),
  })),
  rule(museum, (_d, fact) => ({
    ask: 'Write in all lowercase.',
    check: ({ text }) => (text === text.toLowerCase() ? holds(text, fact) : text),
  })),
  rule(museum, (d, fact) => {
    const word = d.pick(['Greetings', 'Beep boop.', 'Result =>']);
    return {
      ask: `Begin your reply with '${word}'.`,
      check: ({ text }) => (text.startsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(museum, (d, fact) => {
    const word = d.pick(['Ask me more!', '(end)', 'Yours, Ada']);
    return {
      system: `You are Ada, a guide. Finish each response with "${word}".`,
      check: ({ text }) => (text.endsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(museum, (d) => {
    const n = d.int(2, 12);
    return {
      more: { maxTokens: n },
      check: (outcome) =>
        outcome.outputTokens === n && outcome.stopReason === 'max_tokens'
          ? undefined
          : `${outcome.outputTokens} ${outcome.stopReason}`,
    };
  }),
  rule(museum, (_d, fact) => ({
    more: { stopSequences: [fact.answer] },
    check: (outcome) =>
      !outcome.text.includes(fact.answer) && outcome.stopSequence === fact.answer ? undefined : outcome.text,
  })),
  rule(museum, (_d, fact) => ({
    ask: 'Return a JSON object with the keys "year" and "evidence".',
    check: ({ text }) => {
      try {
        const found = JSON.parse(text) as { year?: unknown };
        return String(found.year) === fact.answer ? undefined : text;
      } catch {
        return `no JSON: ${text}`;
      }
    },
  })),
  (d) => {
    const director = d.person();
    return {
      request: user(
        `Text: The museum has a park. The director is ${director}. Entry costs $${d.int(3, 20)}.\n\nWho is the owner of the museum? If the text does not say, reply with "NOT FOUND".`,
      ),
      check: ({ text }) => (text.trim() === 'NOT FOUND' ? undefined : text),
    };
  },
  (d) => {
    const options = d.some(['tea', 'coffee', 'cocoa', 'juice'], 3);
    return {
      request: user(`Choose one of the following at random and reply with just that word: ${options.join(', ')}`, {
        temperature: 0.8,
        seed: d.int(0, 1e6),
      }),
      check: ({ text }) => (options.includes(text.trim().replace(/\.$/, '')) ? undefined : text),
    };
  },
  (d) => {
    const [a, b] = [d.int(20, 990), d.int(2, 99)];
    return {
      request: user(`Calculate ${a} minus ${b}.`),
      check: ({ text }) => (text.includes(String(a - b)) ? undefined : text),
    };
  },
  (d) => {
    const list = d.some([3, 17, 8, 42, 25, 11, 90], 5);
    return {
      request: user(`Sort the numbers from largest to smallest: ${list.join(', ')}`),
      check: ({ text }) => (text.trim() === [...list].sort((x, y) => y - x).join(', ') ? undefined : text),
    };
  },
  (d) => {
    const dates = [d.date().text, d.date().text];
    return {
      request: user(
        `Extract all dates from the text.\n\nThe first visit was on ${dates[0]}, the second on ${dates[1]}.`,
      ),
      check: ({ text }) => (dates.every((date) => text.includes(date)) ? undefined : text),
    };
  },
  (d) => {
    const facts = museum(d);
    return {
      request: user(`${facts.text}\n\nTurn the text above into a numbered list.`),
      check: ({ text }) => (/^1\. .*\n2\. .*\n3\. .*$/.test(text.trim()) ? undefined : text),
    };
  },
];
