import type { ApplyGuardrailRequest, GuardrailContentSource } from '@aws-sdk/client-bedrock-runtime';

/** A text to hold to a guardrail, and what it is held against. */
export type Asked = { text: string; source: GuardrailContentSource; groundingSource?: string; query?: string };

/** What ApplyGuardrail is sent: every finding is wanted, those under their threshold too. */
export function applyInput(
  id: string,
  version: string,
  { text, source, groundingSource, query }: Asked,
): ApplyGuardrailRequest {
  const given = (value: string | undefined) => value !== undefined && value.trim() !== '';
  return {
    guardrailIdentifier: id,
    guardrailVersion: version,
    source,
    outputScope: 'FULL',
    content: [
      ...(given(groundingSource)
        ? [{ text: { text: groundingSource, qualifiers: ['grounding_source' as const] } }]
        : []),
      ...(given(query) ? [{ text: { text: query, qualifiers: ['query' as const] } }] : []),
      { text: { text } },
    ],
  };
}
