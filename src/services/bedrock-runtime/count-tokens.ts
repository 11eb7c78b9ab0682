import type { Handlers } from '../../kernel/service.ts';
import { countTokens } from './chat.ts';
import { readConverse } from './converse/request.ts';
import { invalid } from './errors.ts';
import { parseBody } from './families/body.ts';
import { readNative } from './invoke.ts';
import { familyOf } from './families/families.ts';
import { resolveTarget } from './target.ts';

type Runtime = Handlers<typeof import('@aws-sdk/client-bedrock-runtime')>;

/** The tokens that a request would be charged for as input, without running it. */
export const CountTokens: Runtime['CountTokens'] = async (call, { modelId, input }) => {
  const target = await resolveTarget(modelId!, call);
  const { model } = target;
  const { converse, invokeModel } = input!;
  if (converse) {
    const chat = await readConverse(call, model, converse, { streaming: false, family: familyOf(model) });
    return { inputTokens: await countTokens(call, target, chat) };
  }
  if (!invokeModel) throw invalid('The input must hold one of invokeModel, converse.');
  if (model.output.includes('EMBEDDING')) throw invalid("The provided model doesn't support counting tokens.");
  const { chat } = await readNative(call, model, parseBody(invokeModel.body));
  return { inputTokens: await countTokens(call, target, chat) };
};
