import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { LAB_MS, learner } from './labs.ts';

const PASSED = 'Passed: everything was found';
const EXAMPLES: [text: string, code: string][] = [
  ['The tap in the bathroom drips all night and the sink is full of water.', 'KITE'],
  ['There is no hot water in the shower of room 12.', 'KITE'],
  ['The toilet is blocked and a pipe leaks on the floor.', 'KITE'],
  ['I was charged twice on my credit card for one night.', 'LARK'],
  ['The invoice shows a price that is higher than what we booked.', 'LARK'],
  ['When will my refund be paid back to my account?', 'LARK'],
  ['A loud party next door kept us awake until three.', 'MOLE'],
  ['The music from the bar is so loud that my children cannot sleep.', 'MOLE'],
  ['Builders drill outside the window every morning at six.', 'MOLE'],
  ['The eggs at breakfast were cold and the coffee was bitter.', 'NEWT'],
  ['Dinner took an hour and the soup was too salty.', 'NEWT'],
  ['Is there a menu without meat in the restaurant?', 'NEWT'],
];
const fewShot = (examples: typeof EXAMPLES) =>
  [
    'Classify the message as KITE, LARK, MOLE or NEWT.',
    ...examples.map(([text, code]) => `Message: ${text}\nTeam: ${code}`),
    'Message: {{item}}\nTeam:',
  ].join('\n\n');

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

describeInBrowser('the lab of prompt techniques', () => {
  it(
    'exam-d3.2: applies prompting techniques, scored on hidden items',
    async () => {
      const opened = await openConsole(outcrop, { path: 'labs/prompts' });
      const { page, shot, accessible } = opened;
      const { open, fill, choose, run, check, verdict } = learner(opened);
      await page.getByRole('heading', { name: 'Zero-shot: describe the task' }).waitFor();

      // The prompt as it stands is the one to beat.
      expect(await check()).toContain('yours on 0: 0 more');
      const prompt = 'Your zero-shot prompt';
      await fill(prompt, 'Classify the message as plumbing, billing, noise or food.');
      await page.getByRole('button', { name: 'Check this step' }).click();
      await verdict.getByText('The prompt has no {{item}}').waitFor();
      await fill(prompt, 'Classify the message as plumbing, billing, noise or food.\n\n<message>{{item}}</message>');
      expect(await run('Run on the visible letters', 'zero-prompt-run')).toMatch(
        /Right on \d+ of the 12 visible texts/,
      );
      await choose('Model', 'amazon.nova-micro-v1:0');
      const zero = await check();
      expect(zero).toContain(PASSED);
      expect(zero).toMatch(/The plain prompt is right on 0 of 20, yours on 1\d/);
      await accessible();
      await shot('labs-prompts-zero-shot');

      await page.getByRole('button', { name: 'Next step' }).click();
      await fill('Your few-shot prompt', fewShot(EXAMPLES.slice(0, 3)));
      expect(await check()).toContain('Not yet: 2 of 2 missing');
      await fill('Your few-shot prompt', fewShot(EXAMPLES));
      expect(await check()).toContain(PASSED);
      await shot('labs-prompts-few-shot');

      await page.getByRole('button', { name: 'Next step' }).click();
      const steps = 'Your prompts, step by step';
      expect(await check()).toContain('yours on 0');
      await fill(
        steps,
        'Extract quantity and price as JSON.\n<order>{{item}}</order>\n---\nWhat is {{1.quantity}} times {{1.price}}?',
      );
      expect(await run('Run on the visible letters', 'steps-prompt-run')).toContain('= 540');
      expect(await check()).toContain('yours on 20: 20 more');
      expect(await verdict.innerText()).toContain(PASSED);

      await page.getByRole('button', { name: 'Next step' }).click();
      const negative = 'Your negative prompt';
      await fill(negative, 'What is the order number? Do not quote the letter.\n<letter>{{item}}</letter>');
      expect(await check()).toContain('yours on 0');
      await fill(
        negative,
        'What is the order number? Do not explain. Do not quote the letter.\n<letter>{{item}}</letter>',
      );
      expect(await check()).toContain(PASSED);

      await page.getByRole('button', { name: 'Next step' }).click();
      const delimited = 'Your delimited prompt';
      expect(await run('Run on the visible letters', 'delimiter-prompt-run')).toContain('REFUND APPROVED:');
      expect(await check()).toContain('obeyed: 20');
      await shot('labs-prompts-injected');
      await fill(delimited, 'Summarise this message in one sentence.\n<message>{{item}}</message>');
      const blocked = await check();
      expect(blocked).toContain(PASSED);
      expect(blocked).toContain('obeyed: 0');
      await page.getByText('5 of 5 passed').waitFor();
      await open('prompts', 'step-by-step');
      await accessible();
      await shot('labs-prompts-steps');
    },
    LAB_MS,
  );
});
