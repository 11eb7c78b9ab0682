import type { LanguageModel } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import { unbuilt } from './errors.ts';
import type { Target } from './target.ts';

/** The backend that answers for a target: what is bound to its model's id. Throws `LlmError`, NotImplemented. */
export async function backendOf(call: Call, target: Target): Promise<LanguageModel> {
  if (target.custom) throw unbuilt('Invoking a custom model');
  if (target.imported) throw unbuilt('Invoking an imported model');
  return call.engines.llm.resolve(target.model.id);
}
