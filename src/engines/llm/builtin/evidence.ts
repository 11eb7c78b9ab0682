import { entities } from './entities.ts';
import type { Entity } from './entities.ts';
import type { Source } from './shapes.ts';
import type { Table, Unit } from './units.ts';
import { readUnits } from './units.ts';

/** Texts that a schema is filled from, with what was found in them. `rank` 0 is preferred, higher ones serve where it has nothing. */
export type Evidence = { text: string; units: EvidenceUnit[]; tables: Table[]; rank: number };
export type EvidenceUnit = Unit & { entities: Entity[]; rank: number };

/** Characters whose entities are sought; beyond, only units that come first are looked at. */
const ENTITY_CHARACTERS_MAX = 400_000;

/** Reads sources of one rank as evidence. */
export function readEvidence(sources: Source[], rank = 0): Evidence {
  const { units, tables } = readUnits(sources);
  let budget = ENTITY_CHARACTERS_MAX;
  const read = units.map((unit) => {
    budget -= unit.text.length;
    return Object.assign(unit, { entities: budget > 0 ? entities(unit.text) : [], rank });
  });
  return { text: sources.map((source) => source.text).join('\n'), units: read, tables, rank };
}

/** Evidence of one text that has no source of its own. */
export const textEvidence = (text: string, rank = 0): Evidence =>
  readEvidence([{ name: 'the text', text, kind: 'prompt', turn: 0, current: true }], rank);
