import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** A password as it is kept: scrypt (RFC 7914) with a salt of its own. The password itself is kept nowhere. */
export type PasswordHash = { salt: Uint8Array; hash: Uint8Array };

const derive = promisify<string, Uint8Array, number, { N: number; r: number; p: number }, Buffer>(scrypt);
const COST = { N: 2 ** 14, r: 8, p: 1 };
const HASH_BYTES = 32;

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  return { salt, hash: await derive(password, salt, HASH_BYTES, COST) };
}

export async function isPassword(password: string, { salt, hash }: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, salt, HASH_BYTES, COST), hash);
}
