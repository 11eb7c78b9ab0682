import type { DocumentPart } from './types.ts';

/** A document as every backend's prompt shows it: named, and fenced off from what is said about it. */
export const documentText = ({ name, text }: DocumentPart): string =>
  `<document name=${JSON.stringify(name)}>\n${text}\n</document>`;
