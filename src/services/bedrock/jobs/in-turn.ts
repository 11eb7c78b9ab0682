/** Works through a list, so many at a time; results in order. The first failure is thrown once all that were begun have ended. */
export async function inTurn<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  const failure = ended.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
  return results;
}
