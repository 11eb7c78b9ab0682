import { clientOf, send } from '../../../aws/call.ts';
import { clientConfiguration, type Session } from '../../../aws/session.ts';
import type { Lab } from './parse.ts';
import { progressOf } from './progress.ts';
import type { LabContext } from './types.ts';

/**
 * What checks and runs of a lab get, as the learner stands now. `quiet`: "Show code" has nothing of it, as of checks, whose calls hold what is
 * hidden.
 */
export function contextOf(
  session: Session,
  lab: Lab,
  signal: AbortSignal,
  { progress = () => undefined, quiet = false }: { progress?: (text: string) => void; quiet?: boolean } = {},
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
    send: ((of, Command, input) => {
      const client = clientOf(session, of);
      if (!quiet) return send(client, Command, input, signal);
      const command = new (Command as unknown as new (input: object) => object)(input);
      return client.send(command as never, { abortSignal: signal });
    }) as LabContext['send'],
  };
}
