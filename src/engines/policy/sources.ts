import { parsePolicy } from './parse.ts';
import type { NamedPolicy, PolicyKind, Sources } from './types.ts';

/** A policy as text, with its name and where it comes from. */
export type SourceText = { id: string; from: string; document: string };

/** The identity's side of `Sources`, as text. */
export type SourceTexts = {
  gone: boolean;
  identity: readonly SourceText[];
  boundary?: SourceText;
  session?: readonly SourceText[];
  serviceControl?: readonly { node: string; policies: readonly SourceText[] }[];
};

export const namedPolicy = ({ id, from, document }: SourceText, kind: PolicyKind): NamedPolicy => ({
  id,
  from,
  policy: parsePolicy(document, kind),
});

/** The identity's side, read: the same for every request of the identity. Throws PolicyError. */
export function readSources(texts: SourceTexts): Omit<Sources, 'resource' | 'owner' | 'closed'> {
  const all = (list: readonly SourceText[], kind: PolicyKind) => list.map((one) => namedPolicy(one, kind));
  return {
    gone: texts.gone,
    identity: all(texts.identity, 'identity'),
    ...(texts.boundary ? { boundary: namedPolicy(texts.boundary, 'boundary') } : {}),
    ...(texts.session ? { session: all(texts.session, 'session') } : {}),
    ...(texts.serviceControl
      ? {
          serviceControl: texts.serviceControl.map(({ node, policies }) => ({
            node,
            policies: all(policies, 'service-control'),
          })),
        }
      : {}),
  };
}
