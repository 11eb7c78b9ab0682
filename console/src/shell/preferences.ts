import { applyDensity, applyMode, Density, Mode } from '@cloudscape-design/global-styles';
import { useSyncExternalStore } from 'react';

/** How the console looks in this browser. */
export type Preferences = { mode: 'light' | 'dark'; density: 'comfortable' | 'compact' };

const KEY = 'outcrop.preferences';
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  const mode = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  try {
    return { mode, density: 'comfortable', ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) };
  } catch {
    return { mode, density: 'comfortable' };
  }
}

export function applyPreferences(): void {
  applyMode(current.mode === 'dark' ? Mode.Dark : Mode.Light);
  applyDensity(current.density === 'compact' ? Density.Compact : Density.Comfortable);
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  localStorage.setItem(KEY, JSON.stringify(current));
  applyPreferences();
  for (const listener of listeners) listener();
}

export const usePreferences = (): Preferences =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
