import { expect } from 'vitest';
import { retype, type Opened } from './browser.ts';

/** A whole lab takes a browser longer than other tests, more so where many run beside each other. */
export const LAB_MS = 180_000;

/** A learner in a lab: fills in, presses, and has a step checked. */
export function learner({ page, go }: Opened) {
  const verdict = page.getByTestId('verdict');
  return {
    verdict,
    open: async (lab: string, step: string) => {
      await go(`labs/${lab}/${step}`);
      await page.getByRole('button', { name: 'Check this step' }).waitFor();
    },
    fill: (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text),
    async choose(label: string, option: string) {
      await page.getByLabel(label).click();
      await page.getByRole('option', { name: option }).click();
    },
    /** Sends a call as it stands, or with another input; waits for its answer. */
    async call(operation: string, id: string, input?: unknown) {
      if (input !== undefined)
        await retype(page.getByLabel(`Input of ${operation} (${id})`), JSON.stringify(input, undefined, 2));
      const result = page.getByTestId(`result-${id}`);
      await result
        .locator('xpath=ancestor::*[.//button][1]')
        .getByRole('button', { name: `Run ${operation}` })
        .click();
      await result.getByText('Answered').or(result.getByTestId('failure')).waitFor();
      return result.innerText();
    },
    /** Presses a run's button; answers what is shown then. */
    async run(button: string, id: string) {
      const result = page.getByTestId(`result-${id}`);
      const before = await result.innerText();
      await page.getByRole('button', { name: button }).click();
      await expect.poll(() => result.innerText(), { timeout: 30_000 }).not.toBe(before);
      return result.innerText();
    },
    /** Has the step checked: 'passed', or what is missing. */
    async check(timeout = 30_000): Promise<string> {
      await page.getByRole('button', { name: 'Check this step' }).click();
      const settled = verdict
        .getByText(/^(?:Passed: everything was found|Not yet: .*)$/)
        .or(verdict.getByTestId('failure'));
      await settled.waitFor({ timeout });
      return verdict.innerText();
    },
  };
}
