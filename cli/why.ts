/** A decision as `/_outcrop/why` gives it. */
export type Reasoning = {
  action: string;
  resource: string;
  principal: string;
  allowed: boolean;
  explicit: boolean;
  by: string;
  policies: {
    type: string;
    id: string;
    from: string;
    statements: { statement: number; sid?: string; effect: string; applies: boolean; because?: string }[];
  }[];
  context: Record<string, string | string[] | null>;
};

/** The reasoning for people: the outcome, each policy with its statements, and what the policies looked at. */
export function reasoningText({
  action,
  resource,
  principal,
  allowed,
  explicit,
  by,
  policies,
  context,
}: Reasoning): string {
  const lines = [
    `${allowed ? 'ALLOWED' : explicit ? 'DENIED by an explicit deny' : 'DENIED, since nothing allows it'} (${by})`,
    `  who       ${principal}`,
    `  action    ${action}`,
    `  resource  ${resource}`,
  ];
  if (policies.length === 0) lines.push('  No policy bears on it.');
  for (const { type, id, from, statements } of policies) {
    lines.push(`  ${type} policy ${id}${from === '' ? '' : ` (${from})`}`);
    for (const { statement, sid, effect, applies, because } of statements)
      lines.push(
        `    ${applies ? '✓' : '·'} ${effect.padEnd(5)} ${sid ?? `statement ${statement}`}${because === undefined ? '' : `: ${because}`}`,
      );
  }
  const looked = Object.entries(context);
  if (looked.length > 0) lines.push('  condition keys');
  for (const [key, value] of looked)
    lines.push(`    ${key} = ${value === null ? 'not in the request' : JSON.stringify(value)}`);
  return lines.join('\n');
}
