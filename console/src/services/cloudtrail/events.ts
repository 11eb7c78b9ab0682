import {
  CloudTrailClient,
  LookupEventsCommand,
  type Event,
  type LookupEventsRequest,
} from '@aws-sdk/client-cloudtrail';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSend } from '../../aws/call.ts';
import { isAbort } from '../../aws/failure.ts';

/** An event as it is listed: what its record tells is read once. */
export type Listed = {
  id: string;
  time: Date;
  name: string;
  /** `s3` of `s3.amazonaws.com`. */
  service: string;
  user: string;
  resources: string;
  error: string;
  requestId: string;
  readOnly: boolean;
};

/** Events that are read before one is asked whether to read on. */
export const READ_MAX = 10_000;
/** Pages between two drawings of what has been read. */
const PAGES_DRAWN = 10;

export type Reading = {
  events: Listed[];
  state: 'reading' | 'done' | 'stopped' | 'failed';
  error?: unknown;
  stop: () => void;
  again: () => void;
};

/** Reads the event history page by page, and shows what has come so far. */
export function useEvents(input: LookupEventsRequest): Reading {
  const send = useSend(CloudTrailClient);
  const [found, setFound] = useState<Pick<Reading, 'events' | 'state' | 'error'>>({ events: [], state: 'reading' });
  const [round, setRound] = useState(0);
  const under = useRef<AbortController>(undefined);
  const asked = JSON.stringify(input);
  useEffect(() => {
    const controller = new AbortController();
    under.current = controller;
    const { signal } = controller;
    setFound({ events: [], state: 'reading' });
    void (async () => {
      const events: Listed[] = [];
      try {
        let NextToken: string | undefined;
        let pages = 0;
        do {
          const page = await send(LookupEventsCommand, { ...input, ...(NextToken ? { NextToken } : {}) }, signal);
          events.push(...(page.Events ?? []).map(listedOf));
          ({ NextToken } = page);
          pages += 1;
          if (pages % PAGES_DRAWN === 1) setFound({ events: [...events], state: 'reading' });
        } while (NextToken !== undefined && events.length < READ_MAX);
        setFound({ events, state: NextToken === undefined ? 'done' : 'stopped' });
      } catch (error) {
        if (!isAbort(error)) setFound({ events, state: 'failed', error });
        else if (under.current === controller) setFound({ events, state: 'stopped' });
      }
    })();
    return () => {
      under.current = undefined;
      controller.abort();
    };
    // What is asked is told by its text.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [asked, round, send]);
  return {
    ...found,
    stop: useCallback(() => under.current?.abort(), []),
    again: useCallback(() => setRound((before) => before + 1), []),
  };
}

type Told = { errorCode?: string; requestID?: string };

function listedOf(event: Event): Listed {
  const { errorCode = '', requestID = '' } = JSON.parse(event.CloudTrailEvent ?? '{}') as Told;
  return {
    id: event.EventId!,
    time: event.EventTime!,
    name: event.EventName!,
    service: (event.EventSource ?? '').replace('.amazonaws.com', ''),
    user: event.Username ?? '',
    resources: (event.Resources ?? []).map(({ ResourceName }) => ResourceName).join(', '),
    error: errorCode,
    requestId: requestID,
    readOnly: event.ReadOnly === 'true',
  };
}
