import { dev } from '../half.dev.ts';
import { hate } from './hate.dev.ts';
import { harmCases } from './harm.ts';
import type { HarmCase } from './harm.ts';
import { insults } from './insults.dev.ts';
import { misconduct } from './misconduct.dev.ts';
import { sexual } from './sexual.dev.ts';
import { violence } from './violence.dev.ts';

/** Labelled texts that the harm filters may be tuned on. */
export const harmDev = (seed: number): HarmCase[] =>
  harmCases({ hate, insults, sexual, violence, misconduct }, dev, seed);
