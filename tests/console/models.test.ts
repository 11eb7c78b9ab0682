import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { BedrockClient, CreateInferenceProfileCommand } from '@aws-sdk/client-bedrock';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { beginStream, delta, DONE, sse, startUpstream, usage } from '../../src/engines/llm/openai/upstream.fixture.ts';
import type { Outcrop } from '../../src/main.ts';
import { allow, identities } from '../identities.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';
/** Many work on the machine at a time. */
const WAIT = { timeout: 15_000 };
vi.setConfig({ testTimeout: 90_000 });

let outcrop: Outcrop;
let upstream: Awaited<ReturnType<typeof startUpstream>>;
beforeEach(async () => {
  outcrop = await startForTests();
  upstream = await startUpstream((exchange) => {
    if (exchange.body['model'] !== 'small') {
      exchange.response.writeHead(404, { 'content-type': 'application/json' });
      exchange.response.end(JSON.stringify({ error: { message: 'there is no model of that name' } }));
      return;
    }
    beginStream(exchange);
    exchange.response.end(
      sse(delta({ content: 'Greetings from upstream' })) + sse(delta({}, 'stop')) + sse(usage(11, 4)) + DONE,
    );
  });
});
afterEach(() => upstream.stop());

describeInBrowser('the model catalog', () => {
  it('lists the models of the region, narrowed by provider, modality, lifecycle and text', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/models' });
    const rows = page.getByRole('row');
    await page.getByRole('link', { name: 'Claude 3 Haiku', exact: true }).waitFor();
    await page.getByText('Builtin, heuristic').first().waitFor();
    await accessible();
    await shot('models-catalog');
    await page.getByRole('button', { name: 'Provider: all' }).click();
    await page.getByRole('option', { name: 'Cohere' }).click();
    await page.getByRole('button', { name: 'Output modality: all' }).click();
    await page.getByRole('option', { name: 'EMBEDDING' }).click();
    // With its header.
    await expect.poll(() => rows.count(), WAIT).toBe(4);
    await page.getByText('Builtin, computed').first().waitFor();
    await page.getByLabel('Find models').first().fill('multilingual');
    await expect.poll(() => rows.count(), WAIT).toBe(2);
  });

  it('shows a model: what it can do, its lifecycle, its price, how it is called, and goes to the chat with it', async () => {
    const { page, go, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/models' });
    await page.getByLabel('Find models').first().fill('claude-3-7');
    await page.getByRole('link', { name: 'Claude 3.7 Sonnet' }).click();
    await page.getByRole('heading', { level: 1, name: 'Claude 3.7 Sonnet' }).waitFor();
    await page.getByText('LEGACY', { exact: true }).waitFor();
    await page.getByText('2026-04-28', { exact: false }).waitFor();
    await page.getByText('$3.00 in, $15.00 out').waitFor();
    await page.getByText('200,000 tokens').waitFor();
    await page.getByText('Choice: auto, any, tool').waitFor();
    await page.getByText('by a budget of tokens').waitFor();
    await page.getByText('us.anthropic.claude-3-7-sonnet-20250219-v1:0').first().waitFor();
    await accessible();
    await shot('models-model');
    await page.getByRole('link', { name: 'Open in chat playground' }).click();
    await expect
      .poll(() => page.getByRole('combobox', { name: 'Model 1' }).inputValue(), WAIT)
      .toBe('us.anthropic.claude-3-7-sonnet-20250219-v1:0');
    await go('bedrock/models/no.such-model');
    await page.getByText('Could not resolve the foundation model').waitFor();
  });

  it('binds a model to a server after a test call, tells the server’s very error, and takes the binding back', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, {
      path: `bedrock/models/${encodeURIComponent(HAIKU)}`,
    });
    await page.getByRole('button', { name: 'Test call' }).click();
    await page.getByTestId('test-result').getByText('heuristic by builtin').waitFor();
    await page.getByRole('button', { name: 'Bind', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Bind', exact: true }).click();
    await dialog.getByText('Name the model as the server does.').waitFor();
    await dialog.getByLabel('Base URL').fill(upstream.baseUrl);
    await dialog.getByLabel('Model on the server').fill('large');
    await dialog.getByRole('button', { name: 'Test' }).click();
    await dialog.getByTestId('test-result').getByText('there is no model of that name').waitFor();
    await dialog.getByText('answered HTTP 404').waitFor();
    await dialog.getByLabel('Model on the server').fill('small');
    await dialog.getByRole('button', { name: 'Test' }).click();
    await dialog.getByText('Greetings from upstream').waitFor();
    await dialog.getByText('11 tokens in, 4 out').waitFor();
    await accessible('[role=dialog]');
    await shot('models-bind');
    await dialog.getByRole('button', { name: 'Bind', exact: true }).click();
    await page.getByText(`${HAIKU} is answered by openai:${upstream.baseUrl}#small from now on.`).waitFor();
    await page.getByText(`The binding of ${HAIKU}`).waitFor();
    await page.getByRole('button', { name: 'Test call' }).click();
    await page.getByTestId('test-result').getByText('Greetings from upstream').waitFor();
    await shot('models-bound');
    const runtime = new BedrockRuntimeClient(outcrop.clients);
    const say = async () => {
      const { output } = await runtime.send(
        new ConverseCommand({ modelId: HAIKU, messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
      );
      return output!.message!.content![0]!.text;
    };
    expect(await say()).toBe('Greetings from upstream');
    await page.getByRole('button', { name: 'Remove binding' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No binding: what answers by default').waitFor();
    expect(await say()).not.toContain('upstream');
  });

  it('binds a pattern on the list of bindings, with the list’s own test call and removal', async () => {
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/models?tab=bindings' });
    await page.getByText('Nothing is bound', { exact: true }).waitFor();
    await accessible();
    await page.getByRole('button', { name: 'Bind a model' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Model ids').fill('meta.*');
    await dialog.getByRole('radio', { name: /Path/ }).check();
    await dialog.getByLabel('Path of the file').fill('/nowhere/model.gguf');
    await dialog.getByRole('button', { name: 'Bind', exact: true }).click();
    await page.getByRole('radio', { name: 'Choose meta.*' }).check();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByTestId('test-result').getByText('The test call failed').waitFor();
    await shot('models-bindings');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Nothing is bound to meta.* any more.').waitFor();
    await page.getByText('The built-in worker answers for every model.').waitFor();
  });

  it('lists inference profiles and models of the account’s own, and says so where the caller may not ask', async () => {
    await new BedrockClient(outcrop.clients).send(
      new CreateInferenceProfileCommand({
        inferenceProfileName: 'team-a',
        modelSource: { copyFrom: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0' },
      }),
    );
    const { page, shot, accessible } = await openConsole(outcrop, { path: 'bedrock/models?tab=profiles' });
    await page.getByText('team-a').waitFor();
    await page.getByText('us.amazon.nova-lite-v1:0').first().waitFor();
    await accessible();
    await shot('models-profiles');
    await page.getByRole('tab', { name: 'Your models' }).click();
    await page.getByText('No models of your own').waitFor();
    await accessible();

    const { user } = identities(outcrop);
    const ann = await user('ann', allow('bedrock:ListFoundationModels'));
    const other = await openConsole(outcrop, {
      path: 'bedrock/models',
      credentials: ann.clients.credentials,
      width: 375,
    });
    await other.page.getByRole('link', { name: 'Claude 3 Haiku', exact: true }).waitFor();
    await other.shot('models-narrow');
    await other.page.getByRole('tab', { name: 'Inference profiles' }).click();
    await other.page.getByTestId('failure').getByText('AccessDeniedException').waitFor();
  });
});
