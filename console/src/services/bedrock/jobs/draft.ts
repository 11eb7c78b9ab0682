import { useState } from 'react';

/**
 * What is being entered in a form, kept in this browser until it is sent, so that leaving the page loses nothing. `start`: of a job that is
 * cloned; it wins over what was entered before.
 */
function useDraft<T extends object>(name: string, empty: T, start?: T) {
  const key = `outcrop.draft.${name}`;
  const [draft, setDraft] = useState<T>(() => start ?? { ...empty, ...kept<T>(key) });
  return {
    draft,
    set: (change: Partial<T>) =>
      setDraft((before) => {
        const next = { ...before, ...change };
        localStorage.setItem(key, JSON.stringify(next));
        return next;
      }),
    forget: () => localStorage.removeItem(key),
  };
}

function kept<T>(key: string): Partial<T> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<T>;
  } catch {
    return {};
  }
}

/** What is wrong with entries, by their names; an empty text is right. */
export type Faults<T> = Partial<Record<keyof T, string>>;

/** What is entered for a job: its draft, and what is wrong with it, which is said from the first try on. `page`: for the page around it. */
export function useJobForm<T extends object>(
  name: string,
  empty: T,
  start: T | undefined,
  faultsOf: (draft: T) => Faults<T>,
) {
  const { draft, set, forget } = useDraft(name, empty, start);
  const [tried, setTried] = useState(false);
  const faults = faultsOf(draft);
  return {
    draft,
    set,
    forget,
    fault: (entry: keyof T) => tried && faults[entry],
    page: { isRight: Object.values(faults).every((fault) => fault === ''), onTry: () => setTried(true) },
  };
}

/** Rules of entries that several forms have. */
export const rules = {
  jobName: (name: string, most = 63): string =>
    /^[a-zA-Z0-9][a-zA-Z0-9+\-.]*$/.test(name) && name.length <= most
      ? ''
      : `Enter a name of 1 to ${most} letters, digits, hyphens and dots.`,
  role: (arn: string): string =>
    /^arn:aws[\w-]*:iam::\d{12}:role\/.+/.test(arn) ? '' : 'Enter the ARN of a role that Amazon Bedrock may assume.',
  model: (id: string): string => (id.trim() === '' ? 'Choose a model.' : ''),
  file: (uri: string): string =>
    /^s3:\/\/[a-z0-9.-]{3,63}\/.*[^/]$/.test(uri) ? '' : 'Enter the address of a file: s3://bucket/key.jsonl.',
  place: (uri: string): string =>
    /^s3:\/\/[a-z0-9.-]{3,63}(?:\/.*)?$/.test(uri) ? '' : 'Enter an address in S3: s3://bucket/prefix/.',
};
