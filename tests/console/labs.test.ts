import { beforeEach, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';
import { LAB_MS, learner } from './labs.ts';

let outcrop: Outcrop;
beforeEach(async () => {
  outcrop = await startForTests();
});

describeInBrowser('the frame of labs', () => {
  it(
    'keeps what was filled in and passed, goes on where one left off, and begins anew when it is reset',
    async () => {
      const opened = await openConsole(outcrop, { path: 'labs/tokens' });
      const { page, go } = opened;
      const { open, fill, check, verdict } = learner(opened);
      await open('tokens', 'window');
      await fill('How often the sentence is repeated', '584');
      expect(await check()).toContain('Passed: everything was found');
      await open('tokens', 'limits');
      await fill('A value of maxTokens that cuts the reply', '7');

      // After the page is loaded anew: the same step, the same text, the same progress.
      await page.reload();
      await page.getByRole('heading', { name: 'End a reply on purpose' }).waitFor();
      await expect.poll(() => page.getByLabel('A value of maxTokens that cuts the reply').inputValue()).toBe('7');
      await page.getByText('1 of 5 passed').waitFor();
      await go('labs');
      await page.getByText('1 of 24 steps passed, 0 of 5 labs finished').waitFor();
      await page.getByRole('button', { name: 'Resume at step 4: Tokens, context and inference parameters' }).click();
      await page.getByRole('heading', { name: 'End a reply on purpose' }).waitFor();
      await go('labs/tokens');
      await page.getByRole('heading', { name: 'End a reply on purpose' }).waitFor();
      // A step that was passed stays so when a later check of it fails.
      await open('tokens', 'window');
      await fill('How often the sentence is repeated', '12');
      expect(await check()).toContain('Not yet: 1 of 2 missing');
      await page.getByText('1 of 5 passed').waitFor();
      // No secret is kept, and none of the credentials.
      const kept = await page.evaluate(() => JSON.stringify(localStorage));
      expect(kept).toContain('outcrop.labs.000000000000.arn:aws:iam::000000000000:root');
      expect(kept).not.toContain('"test"');

      await page.getByRole('button', { name: 'Reset this lab' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('The lab has made nothing in this account').waitFor();
      await dialog.getByRole('button', { name: 'Reset' }).click();
      await page.getByRole('heading', { name: 'Count the tokens of a text' }).waitFor();
      await page.getByText('0 of 5 passed').waitFor();
      await open('tokens', 'window');
      expect(await page.getByLabel('How often the sentence is repeated').inputValue()).toBe('100');
      expect(await verdict.innerText()).toBe('');
    },
    LAB_MS,
  );

  it('opens hints one by one, and has the solution of each step', async () => {
    const opened = await openConsole(outcrop, { path: 'labs/guardrails/filters' });
    const { page, shot, accessible } = opened;
    await page.getByRole('button', { name: 'Show hint 1 of 2' }).click();
    await page.getByText('Hint 1', { exact: true }).waitFor();
    expect(await page.getByText('Hint 2', { exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show hint 2 of 2' }).click();
    await page.getByText('PROMPT_ATTACK must have the').waitFor();
    expect(await page.getByRole('button', { name: /Show hint/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show solution' }).click();
    await page.getByText('Run CreateGuardrail with:').waitFor();
    await page.getByRole('button', { name: 'Copy the code' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('"type": "PROMPT_ATTACK"');
    await page.getByRole('button', { name: 'The same as code' }).first().click();
    await page.getByText('aws bedrock create-guardrail').waitFor();
    await accessible();
    await shot('labs-hints');
  });

  it('works by keyboard alone, and tells a screen reader what the check found', async () => {
    const opened = await openConsole(outcrop, { path: 'labs/tokens/window' });
    const { page } = opened;
    const field = page.getByLabel('How often the sentence is repeated');
    await field.focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('584');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Check this step');
    await page.keyboard.press('Enter');
    const told = page.getByRole('status').filter({ hasText: 'Passed: everything was found' });
    await told.waitFor();
    expect(await told.getAttribute('aria-live')).toBe('polite');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Compare temperature 0 with temperature 1' }).waitFor();
  });

  it('fits a telephone, in the dark', async () => {
    const opened = await openConsole(outcrop, { path: 'labs', width: 375, height: 800, dark: true });
    const { page, shot, accessible } = opened;
    const { open } = learner(opened);
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    await page.getByRole('heading', { name: 'Labs', level: 1 }).waitFor();
    expect(await wide()).toBe(false);
    await accessible();
    await shot('labs-index-375');
    await open('prompts', 'few-shot');
    await page.getByRole('heading', { name: 'Few-shot: show examples' }).waitFor();
    expect(await wide()).toBe(false);
    await accessible();
    await shot('labs-prompts-375');
    await open('least-privilege', 'role');
    await page.getByRole('button', { name: 'Run CreateRole' }).waitFor();
    expect(await wide()).toBe(false);
    await accessible();
    await shot('labs-privilege-375');
  });

  it('gives up on a check that is cancelled', async () => {
    const opened = await openConsole(outcrop, { path: 'labs' });
    const { page } = opened;
    const { verdict, open } = learner(opened);
    await open('prompts', 'zero-shot');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.getByRole('button', { name: 'Check this step' }).click();
    await verdict.getByText(/The plain prompt: \d+ of 20/).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => verdict.innerText()).toBe('');
    await page.getByText('Not passed yet').waitFor();
    await page.getByText('0 of 5 passed').waitFor();
    // Of the forty calls that the check makes, not all were made.
    expect(asked.filter((url) => url.endsWith('/converse')).length).toBeLessThan(40);
  });

  it('shows what the policies of the learner deny, and does not pass the step', async () => {
    const { user } = identities(outcrop);
    const ann = await user('ann', allow('bedrock:CountTokens'));
    const opened = await openConsole(outcrop, { path: 'labs/tokens/window', credentials: ann.clients.credentials });
    const { page } = opened;
    const { run, check, open } = learner(opened);
    expect(await run('Send it to Llama 3 8B', 'window-times-run')).toContain('AccessDeniedException');
    expect(await check()).toContain('AccessDeniedException');
    await page.getByText('0 of 5 passed').waitFor();
    await open('guardrails', 'filters');
    expect(await check()).toContain('bedrock:ListGuardrails');
    // A step that there is not leads to where one left off.
    await open('tokens', 'nowhere');
    await page.getByRole('heading', { name: 'Fill a context window to the last sentence' }).waitFor();
  });

  it('names a lab that there is not', async () => {
    const { page } = await openConsole(outcrop, { path: 'labs/alchemy' });
    await page.getByRole('heading', { name: 'There is no such lab' }).waitFor();
    await page.getByRole('link', { name: 'all labs' }).click();
    await page.getByRole('heading', { name: 'Labs', level: 1 }).waitFor();
  });
});
