import type { Handlers } from '../../kernel/service.ts';
import { invalidInput } from './errors.ts';
import { readDocument } from './policy-documents.ts';
import { documentsOf, sourceOf } from './policy-source.ts';

/** The condition keys that policies look at. */
type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** `${aws:username}`, `${aws:username, 'nobody'}` */
const VARIABLE = /\$\{\s*([^}\s,]+)/g;

/** Condition keys of documents as they are written there, each once whatever its case. Throws InvalidInput. */
export function contextKeysOf(documents: { document: string; kind: 'identity' | 'resource' }[]): string[] {
  const found = new Map<string, string>();
  for (const { document, kind } of documents) {
    const policy = readDocument(document, kind, invalidInput);
    const written = policy.statements.flatMap(({ conditions }) => conditions.map((condition) => condition.written));
    for (const [, name] of document.matchAll(VARIABLE)) written.push(name!);
    // What looks like a variable is none in a policy of the old version: only what the evaluator reads counts.
    for (const key of written)
      if (policy.keys.has(key.toLowerCase()) && !found.has(key.toLowerCase())) found.set(key.toLowerCase(), key);
  }
  return [...found.values()];
}

const asIdentity = (document: string) => ({ document, kind: 'identity' as const });

export const GetContextKeysForCustomPolicy: Iam['GetContextKeysForCustomPolicy'] = (_call, input) => ({
  ContextKeyNames: contextKeysOf(input.PolicyInputList!.map(asIdentity)),
});

export const GetContextKeysForPrincipalPolicy: Iam['GetContextKeysForPrincipalPolicy'] = async (call, input) => {
  const source = await sourceOf(call, input.PolicySourceArn!);
  const own = documentsOf(source).map(({ document }) => document);
  return { ContextKeyNames: contextKeysOf([...own, ...(input.PolicyInputList ?? [])].map(asIdentity)) };
};
