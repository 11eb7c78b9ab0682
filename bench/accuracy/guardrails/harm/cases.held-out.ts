import { heldOut, heldOutSeed } from '../half.held-out.ts';
import { harmCases } from './harm.ts';
import type { HarmCase } from './harm.ts';
import { hate } from './hate.held-out.ts';
import { insults } from './insults.held-out.ts';
import { misconduct } from './misconduct.held-out.ts';
import { sexual } from './sexual.held-out.ts';
import { violence } from './violence.held-out.ts';

/** Labelled texts that nothing is tuned on. */
export const harmHeldOut = (seed: number): HarmCase[] =>
  harmCases({ hate, insults, sexual, violence, misconduct }, heldOut, heldOutSeed(seed));
