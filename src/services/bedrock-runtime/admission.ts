import type { ChatRequest, Usage } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import type { Target } from './target.ts';

/** A place among the invocations that a target takes at a time. */
export type Admission = {
  /** Gives it back, with what was used; undefined: nothing was. */
  settle(usage: Usage | undefined): Promise<void> | void;
};

/** Lets an invocation in, or throws ThrottlingException. On-demand models have no quotas here, unless a rule sets some. */
export async function admit(_call: Call, _target: Target, _chat: ChatRequest): Promise<Admission> {
  return { settle() {} };
}
