import { expect, it } from 'vitest';
import { FLOW, people, startEvaluations } from '../../src/services/bedrock/evaluation/evaluation.fixture.ts';
import { allow, identities } from '../identities.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const stack = await startEvaluations('console: review teams');
const { outcrop, answering, upload, create, worker, manage } = stack;

/** A test in the browser, on a machine that has other work. */
const LONG_MS = 120_000;

describeInBrowser('teams of people who review', () => {
  it(
    'are made with a code, which lets in; a new code closes the door behind the old one',
    async () => {
      const { page, shot, accessible } = await openConsole(outcrop, { path: 'review' });
      await page.getByText('No teams').waitFor();
      await accessible();
      await shot('review-teams-empty');
      await page.getByRole('button', { name: 'Create team' }).first().click();
      const dialog = page.getByRole('dialog', { name: 'Create team' });
      await dialog.getByRole('button', { name: 'Issue code' }).click();
      await dialog.getByText('A name has 1 to 63 small letters').waitFor();
      await dialog.getByLabel('Flow definition').fill('own-team');
      await dialog.getByLabel('Workers per task').fill('2');
      await dialog.getByText(FLOW).waitFor();
      await accessible();
      await dialog.getByRole('button', { name: 'Issue code' }).click();
      await dialog.getByText('The code is shown this once').waitFor();
      const code = /[0-9a-f]{32}/.exec(await dialog.innerText())![0];
      await shot('review-team-code');
      await dialog.getByRole('button', { name: 'Done' }).click();
      const { teams } = await manage('GET', 'review-teams');
      expect(teams).toMatchObject([{ team: FLOW, workersPerTask: 2, queues: [] }]);

      answering['strong'] = () => 'Yes.';
      const uri = await upload([
        { prompt: 'Why?', modelResponses: [{ response: 'No.', modelIdentifier: 'challenger' }] },
        { prompt: 'How?', modelResponses: [{ response: 'No.', modelIdentifier: 'challenger' }] },
      ]);
      const { jobName } = await create(people(uri, { good: 'ThumbsUpDown' }));
      await outcrop.clock.advance(0);
      for (const name of ['Ann', 'Ben']) {
        const person = await worker(code, name);
        const { task } = (await person.claim())!;
        expect((await person.submit(task, [[true, false]])).status).toBe(200);
      }
      await page.getByRole('button', { name: 'Refresh teams' }).click();
      await page.getByText('1 of 2 tasks have all answers').waitFor();
      await page.getByRole('link', { name: jobName }).waitFor();
      await accessible();
      await shot('review-teams');

      await page.getByRole('button', { name: 'Issue a new code for own-team' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Issue code' }).click();
      await page.getByText('The code is shown this once').waitFor();
      const next = /[0-9a-f]{32}/.exec(await page.getByRole('dialog').innerText())![0];
      expect((await worker(code, 'Ann')).status).toBe(403);
      expect((await worker(next, 'Ann')).status).toBe(200);
    },
    LONG_MS,
  );

  it('are the root’s alone: others read why', async () => {
    const ann = await identities(outcrop).user('ann', allow('*'));
    const { page } = await openConsole(outcrop, { path: 'review', credentials: ann.clients.credentials });
    await page.getByTestId('failure').getByText('Only the account root manages the stack').waitFor();
  });
});
