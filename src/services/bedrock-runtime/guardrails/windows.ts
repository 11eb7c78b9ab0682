import { setImmediate as nextTurn } from 'node:timers/promises';

/** Characters of a text that are searched at a time: the text engine's bound. */
const WINDOW_CHARACTERS = 100_000;
/** What two windows have in common, so that nothing is cut in both: longer than personal data, words and matches of patterns are. */
const SHARED_CHARACTERS = 4_000;

/** A text in pieces that overlap; others have their turn in between. */
export async function* windowsOf(text: string): AsyncGenerator<{ start: number; text: string }> {
  if (text.length <= WINDOW_CHARACTERS) {
    yield { start: 0, text };
    return;
  }
  for (let start = 0; ; start += WINDOW_CHARACTERS - SHARED_CHARACTERS) {
    yield { start, text: text.slice(start, start + WINDOW_CHARACTERS) };
    if (start + WINDOW_CHARACTERS >= text.length) return;
    await nextTurn();
  }
}
