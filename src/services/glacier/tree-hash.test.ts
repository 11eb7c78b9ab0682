import { describe, expect, it } from 'vitest';
import { draws } from '../../../tests/draws.ts';
import { sha256, treeHashOf } from './glacier.fixture.ts';
import { MIB } from './limits.ts';
import { isTreeHashAligned, LeafHasher, treeHash } from './tree-hash.ts';

const { between } = draws('glacier tree hash');

function filled(size: number): Buffer {
  const bytes = Buffer.alloc(size, between(0, 255));
  for (let at = 0; at < size; at += 65_536) bytes.writeUInt8(between(0, 255), at);
  return bytes;
}

function hashed(bytes: Uint8Array): { leaves: Buffer; size: number } {
  const hasher = new LeafHasher();
  for (let at = 0; at < bytes.length;) {
    const size = between(1, 700_000);
    hasher.update(bytes.subarray(at, at + size));
    at += size;
  }
  return hasher.finish();
}

describe('The SHA-256 tree hash', () => {
  it('is the plain SHA-256 of up to one MiB', async () => {
    const bytes = filled(between(1, MIB));
    expect(await treeHash(hashed(bytes).leaves)).toBe(sha256(bytes));
  });

  it('joins the hashes of the MiBs in pairs, whatever pieces the bytes come in', async () => {
    for (const count of [1, 2, 3, 4, 5, 7, 11]) {
      const bytes = filled(count * MIB - (between(0, 1) === 0 ? 0 : between(1, MIB - 1)));
      const { leaves, size } = hashed(bytes);
      expect(size).toBe(bytes.length);
      expect(await treeHash(leaves)).toBe(treeHashOf(bytes));
    }
  });

  it('is the same over the roots of equal parts as over all leaves', async () => {
    const bytes = filled(11 * MIB + between(1, MIB));
    for (const part of [MIB, 2 * MIB, 4 * MIB, 8 * MIB, 16 * MIB]) {
      const roots: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += part)
        roots.push(Buffer.from(await treeHash(hashed(bytes.subarray(at, at + part)).leaves), 'hex'));
      expect(await treeHash(Buffer.concat(roots))).toBe(treeHashOf(bytes));
    }
  });

  it('knows the ranges that are nodes of the tree', () => {
    const count = between(5, 20);
    const size = count * MIB - between(0, MIB - 1);
    const nodes = new Set<string>();
    for (let width = 1; width < 2 * count; width *= 2) {
      for (let first = 0; first < count; first += width)
        nodes.add(`${first * MIB}-${Math.min(size, (first + width) * MIB)}`);
    }
    for (let first = 0; first < count; first++) {
      for (let last = first + 1; last <= count; last++) {
        const [start, end] = [first * MIB, Math.min(size, last * MIB)];
        expect([start, end, isTreeHashAligned(start, end, size)]).toEqual([start, end, nodes.has(`${start}-${end}`)]);
      }
    }
    expect(isTreeHashAligned(1, MIB, size)).toBe(false);
    expect(isTreeHashAligned(0, MIB - 1, size)).toBe(false);
    expect(isTreeHashAligned(0, 0, size)).toBe(false);
  });
});
