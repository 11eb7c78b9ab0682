import type { ChatRequest, DocumentPart, Part } from '../../engines/llm/types.ts';
import type { FoundationModel } from '../../kernel/foundation-models/model.ts';
import { invalid } from './errors.ts';

type Citable = NonNullable<DocumentPart['citable']>;

/** A text in blocks, and where they begin in it. */
export function joined(blocks: readonly string[]): { text: string; starts: number[] } {
  const starts: number[] = [];
  let at = 0;
  for (const block of blocks) {
    starts.push(at);
    at += block.length + 1;
  }
  return { text: blocks.join('\n'), starts };
}

/** A search result as a document that it is read as. */
export function searchResultPart(
  { title, source, blocks }: { title: string; source: string; blocks: readonly string[] },
  cited: boolean,
): DocumentPart {
  const { text, starts } = joined(blocks);
  const part: DocumentPart = { type: 'document', name: `${title} (${source})`, text, isSearchResult: true };
  const citable: Citable = { kind: 'searchResult', index: 0, title, source, by: 'blocks', starts };
  return cited ? { ...part, citable } : part;
}

/**
 * Numbers what is to be cited, in the order of the request. Throws ValidationException where some documents are to be cited and some are not,
 * and where the answer must be JSON. Source: Anthropic API Reference, "Citations", "Search results".
 */
export function numberCitations({ messages, responseSchema }: ChatRequest, model: FoundationModel): void {
  const parts = messages.flatMap(({ content }) => content.flatMap(documentsOf));
  for (const results of [false, true]) {
    const all = parts.filter(({ isSearchResult = false }) => isSearchResult === results);
    const cited = all.filter(({ citable }) => citable !== undefined);
    if (cited.length === 0) continue;
    if (!model.citations)
      throw invalid("This model doesn't support the citations field. Remove citations and try again.");
    if (cited.length < all.length)
      throw invalid(
        `Citations must be enabled on all or none of the ${results ? 'search results' : 'documents'} in the request.`,
      );
    if (responseSchema !== undefined) throw invalid('Citations cannot be enabled together with structured outputs.');
    for (const [index, { citable }] of cited.entries()) citable!.index = index;
  }
}

const documentsOf = (part: Part | { type: 'json' }): DocumentPart[] =>
  part.type === 'toolResult' ? part.content.flatMap(documentsOf) : part.type === 'document' ? [part] : [];
