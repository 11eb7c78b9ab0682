import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';

/** Errors that may be gone a moment later. */
const TRANSIENT = new Set([
  'ThrottlingException',
  'ModelStreamErrorException',
  'ServiceUnavailableException',
  'InternalServerException',
]);

/**
 * A small agent: asks a model, does what it wants done with tools, and goes on until it has an answer. A stream that breaks off is asked for
 * anew; tool input that is no JSON is shown to the model, which then may try again.
 */
export async function runAgent(
  question,
  { client = new BedrockRuntimeClient(), modelId = 'us.amazon.nova-pro-v1:0', tools, turns = 8, attempts = 3 },
) {
  const messages = [{ role: 'user', content: [{ text: question }] }];
  const toolConfig = {
    tools: Object.entries(tools).map(([name, { description, schema }]) => ({
      toolSpec: { name, description, inputSchema: { json: schema } },
    })),
  };
  for (let turn = 0; turn < turns; turn++) {
    const { text, uses } = await answerOf(client, { modelId, messages, toolConfig }, attempts);
    if (uses.length === 0) return text;
    messages.push({
      role: 'assistant',
      content: [
        ...(text === '' ? [] : [{ text }]),
        ...uses.map(({ toolUseId, name, input }) => ({ toolUse: { toolUseId, name, input: input ?? {} } })),
      ],
    });
    const results = [];
    for (const use of uses) results.push({ toolResult: { toolUseId: use.toolUseId, ...(await resultOf(use, tools)) } });
    messages.push({ role: 'user', content: results });
  }
  throw new Error(`no answer after ${turns} turns`);
}

async function answerOf(client, request, attempts) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readAnswer(await client.send(new ConverseStreamCommand(request)));
    } catch (error) {
      const isTransient = TRANSIENT.has(error.name) || error.name === 'IncompleteAnswer' || error.code === 'ECONNRESET';
      if (attempt === attempts || !isTransient) throw error;
    }
  }
}

async function readAnswer({ stream }) {
  let text = '';
  let stopped = false;
  const uses = [];
  for await (const { contentBlockStart, contentBlockDelta, messageStop } of stream) {
    if (contentBlockStart?.start?.toolUse) uses.push({ ...contentBlockStart.start.toolUse, json: '' });
    text += contentBlockDelta?.delta?.text ?? '';
    if (contentBlockDelta?.delta?.toolUse) uses.at(-1).json += contentBlockDelta.delta.toolUse.input;
    stopped ||= messageStop !== undefined;
  }
  if (!stopped) throw Object.assign(new Error('the answer ended without an end'), { name: 'IncompleteAnswer' });
  return { text, uses: uses.map(({ json, ...use }) => ({ ...use, ...parsed(json) })) };
}

function parsed(json) {
  try {
    return { input: json === '' ? {} : JSON.parse(json) };
  } catch (error) {
    return { fault: error.message };
  }
}

async function resultOf({ name, input, fault }, tools) {
  if (fault !== undefined)
    return { status: 'error', content: [{ text: `The input of ${name} is no JSON (${fault}). Try again.` }] };
  try {
    return { content: [{ json: await tools[name].run(input) }] };
  } catch (error) {
    return { status: 'error', content: [{ text: error.message }] };
  }
}
