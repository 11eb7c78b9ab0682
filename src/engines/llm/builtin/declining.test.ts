/** Questions over the documents of the example: what they say is answered in other words than theirs, what they do not say is declined. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Part } from '../types.ts';
import { answerRequest } from './generation.ts';

const EXAMPLE = fileURLToPath(new URL('../../../../examples/ask-your-documents/', import.meta.url));
const read = (file: string): string => readFileSync(EXAMPLE + file, 'utf8');

/** The handbook and the text that the manual's PDF is made from. */
const documents: Part[] = [
  { type: 'document', name: 'handbook', text: read('documents/handbook.md') },
  { type: 'document', name: 'manual', text: read('manual/manual.txt') },
  {
    type: 'document',
    name: 'warranty',
    text: read('documents/warranty.html')
      .replace(
        /<h(\d)[^>]*>(.*?)<\/h\1>/gs,
        (_all, level: string, title: string) => `\n${'#'.repeat(+level)} ${title}\n`,
      )
      .replace(/<tr>(.*?)<\/tr>/gs, (_all, row: string) => {
        const cells = [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map((cell) => cell[1]);
        return `| ${cells.join(' | ')} |${row.includes('<th') ? `\n|${'---|'.repeat(cells.length)}` : ''}`;
      })
      .replace(/<[^>]*>/g, ''),
  },
];

const ask = (question: string): string =>
  answerRequest(
    { system: [], messages: [{ role: 'user', content: [...documents, { type: 'text', text: question }] }] },
    100_000,
    0,
  )
    .blocks.map((block) => block.deltas.join(''))
    .join('\n');

const DECLINED = /could not find|does not contain|is not stated/;

const SAID: [string, string][] = [
  ['What does a guest pay for a main course?', '7.90 euros'],
  ['How much does parking cost per month?', '25 euros'],
  ['How much does a written estimate cost?', '35 euros'],
  ['What does the visit farther away cost?', '119 euros'],
  ['How much does Swift cost a month?', '46 euros'],
  ['How much may a hotel cost in a capital city?', '180 euros'],
  ['How heavy is the station?', '31 kilograms'],
  ['How many hours are in a full-time week?', '38'],
  ['Who is the data protection officer?', 'Ingrid Solheim'],
  ['What is the emergency number inside the works?', '4400'],
  ['What is the phone number of the service hotline?', '0800 555 3300'],
  ['Where is the meeting point after an evacuation?', 'car park'],
];

const UNSAID = [
  'Who founded the company?',
  'What is the mileage of the delivery van?',
  'What is the price of a new pump motor?',
  'What is the price of the Station 300?',
  'What is the shipping fee for a new filter?',
  "What is the press office's phone number?",
  'What is the e-mail address of the travel desk?',
  'What is the salary of the finance director?',
  'What is the annual revenue of Tidewell?',
  'How many people work in the canteen?',
  'How many floors does the main building have?',
  'Who designed the Station 300?',
];

describe('answering what documents say and declining what they do not', () => {
  it('answers at least 11 of 12 questions that the documents answer in other words', () => {
    const wrong = SAID.filter(([question, value]) => {
      const answer = ask(question).split(' According to ')[0] ?? '';
      return !answer.includes(value);
    });
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(1);
  });

  it('declines at least 11 of 12 questions that the documents only seem to answer', () => {
    const wrong = UNSAID.filter((question) => !DECLINED.test(ask(question)));
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(1);
  });

  it('does not pad a declined answer to a number of sentences or words', () => {
    for (const rule of [
      'Answer in exactly three sentences.',
      'Answer in exactly 40 words.',
      'Answer in at least 50 words.',
    ]) {
      const answer = ask(`Who founded the company? ${rule}`);
      expect(answer).toMatch(DECLINED);
      expect(answer).not.toMatch(/Nothing was added|says no more about|No other knowledge/);
    }
  });
});
