import type { ToolChoice as SdkToolChoice, ToolConfiguration } from '@aws-sdk/client-bedrock-runtime';
import type { CachePoint, Tool, ToolChoice } from '../../../engines/llm/types.ts';
import type { FoundationModel, ToolChoiceKind } from '../../../kernel/foundation-models/model.ts';
import { invalid, unbuilt } from '../errors.ts';

/** Tools and the choice among them, as a model takes them. Throws ValidationException. */
export function readTools(
  config: ToolConfiguration,
  model: FoundationModel,
  streaming: boolean,
): { tools: Tool[]; toolChoice?: ToolChoice; cachePoints?: CachePoint[] } {
  const features = model.converse!.tools;
  if (!features) throw invalid("This model doesn't support tool use.");
  if (streaming && !features.streaming) throw invalid("This model doesn't support tool use in streaming mode.");
  const tools: Tool[] = [];
  const cachePoints: CachePoint[] = [];
  for (const [index, entry] of config.tools!.entries()) {
    const where = `toolConfig.tools.${index}`;
    if (entry.cachePoint !== undefined) {
      const ttl = entry.cachePoint.ttl === '1h' ? '1h' : '5m';
      cachePoints.push({ tools: tools.length, system: 0, messages: 0, parts: 0, ttl });
      continue;
    }
    if (entry.systemTool !== undefined) throw unbuilt(`${where}.systemTool`);
    const { name, description, inputSchema, strict } = entry.toolSpec ?? {};
    if (name === undefined)
      throw invalid(`The tool at ${where} is empty. Add a member to the Tool object, and try again.`);
    const schema = inputSchema?.json;
    if (schema === null || typeof schema !== 'object' || Array.isArray(schema) || schema['type'] !== 'object') {
      throw invalid(`The value at ${where}.toolSpec.inputSchema.json.type must be one of the following: object.`);
    }
    const first = tools.findIndex((tool) => tool.name === name);
    if (first >= 0) throw invalid(`The tool ${name} is already defined at toolConfig.tools.${first}.`);
    tools.push({
      name,
      inputSchema: schema,
      ...(description === undefined ? {} : { description }),
      ...(strict === undefined ? {} : { strict }),
    });
  }
  const toolChoice = config.toolChoice && readChoice(config.toolChoice, tools, features.choices);
  return { tools, ...(toolChoice ? { toolChoice } : {}), ...(cachePoints.length > 0 ? { cachePoints } : {}) };
}

function readChoice(choice: SdkToolChoice, tools: Tool[], choices: readonly ToolChoiceKind[]): ToolChoice {
  const kind: ToolChoiceKind | undefined = choice.tool ? 'tool' : choice.any ? 'any' : choice.auto ? 'auto' : undefined;
  if (kind === undefined) throw invalid('The toolChoice field at toolConfig must hold one of auto, any, tool.');
  if (!choices.includes(kind))
    throw invalid(
      `This model doesn't support the toolConfig.toolChoice.${kind} field. Remove toolConfig.toolChoice.${kind} and try again.`,
    );
  if (kind !== 'tool') return { type: kind };
  const name = choice.tool!.name!;
  if (!tools.some((tool) => tool.name === name))
    throw invalid(`The tool ${name} at toolConfig.toolChoice.tool is not defined at toolConfig.tools.`);
  return { type: 'tool', name };
}
