import { clientOf, send } from '../../../aws/call.ts';
import { clientConfiguration, type Session } from '../../../aws/session.ts';
import type { Lab } from './parse.ts';
import { progressOf } from './progress.ts';
import type { LabContext } from './types.ts';

/** What checks and runs of a lab get, as the learner stands now. */
export function contextOf(
  session: Session,
  lab: Lab,
  signal: AbortSignal,
  progress: (text: string) => void = () => undefined,
): LabContext {
  const standing = progressOf(session, lab.id);
  const first = new Map<string, string>();
  for (const { blocks } of lab.steps)
    for (const block of blocks)
      if (block.type === 'widget' && block.widget.kind === 'input')
        first.set(block.widget.id, block.widget.value ?? '');
  return {
    session,
    signal,
    progress,
    input: (id) => (standing.inputs[id] ?? first.get(id) ?? '').trim(),
    kept: (id) => standing.results[id]?.kept,
    client: (of, credentials, region = session.region) => new of(clientConfiguration({ credentials, region })),
    send: (of, Command, input) => send(clientOf(session, of), Command, input, signal),
  };
}
