import { manage, type Outcrop } from '../src/main.ts';

/** An event as the stack published it. */
export type PublishedEvent = {
  source: string;
  detailType: string;
  resources: string[];
  account: string;
  region: string;
  detail: any;
};

/** The latest events of a stack, oldest first, that `which` picks; asks again until there are `count` of them, or two seconds long. */
export async function publishedEvents(
  outcrop: Outcrop,
  which: (event: PublishedEvent) => boolean,
  count: number,
): Promise<PublishedEvent[]> {
  process.env['AWS_ENDPOINT_URL'] = outcrop.endpoint;
  for (let attempt = 0; ; attempt++) {
    const { events } = (await manage('GET', 'events?limit=1000')) as { events: PublishedEvent[] };
    const found = events.filter(which).toReversed();
    if (found.length >= count || attempt > 100) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
