import type { Kernel } from '../../kernel/kernel.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** An id of so many characters, which begins with its time: what is listed by id is listed in the order of making. */
export function newId({ ids, clock }: Kernel, length: number): string {
  const time = ids.sortable(clock.now());
  return time + ids.text(length - time.length, BASE64URL);
}
