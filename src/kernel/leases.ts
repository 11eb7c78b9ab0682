import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Clock } from './clock.ts';

/**
 * Who works on something, for how long, and how others see that it has died. A lease runs out in real time; a process of the same
 * machine that is gone is seen at once.
 */
export type Lease = { owner: string; host: string; pid: number; untilRealMs: number };

/** Owners alive in this process: a lease of our own pid by anyone else is a former process's. */
const ownersHere = new Set<string>();

/** Where a pid means something: this boot of this machine, this pid namespace (containers may share a host name and a data folder). */
const HERE = [hostname(), read('/proc/sys/kernel/random/boot_id'), link('/proc/self/ns/pid')].join(' ');

export class Leaseholder {
  readonly owner = `${hostname()}:${process.pid}:${Math.random().toString(36).slice(2)}`;
  readonly #clock: Clock;
  readonly #leaseMs: number;

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    ownersHere.add(this.owner);
  }

  lease(): Lease {
    return { owner: this.owner, host: HERE, pid: process.pid, untilRealMs: this.#clock.real() + this.#leaseMs };
  }

  /** Whether the lease's holder has died, or let it run out. */
  dead(lease: Lease): boolean {
    if (lease.untilRealMs < this.#clock.real()) return true;
    if (lease.host !== HERE || lease.owner === this.owner) return false;
    if (lease.pid === process.pid) return !ownersHere.has(lease.owner);
    try {
      process.kill(lease.pid, 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }

  /** Says whether this holder works: what a stopped one still held is free for others. */
  alive(alive: boolean): void {
    if (alive) ownersHere.add(this.owner);
    else ownersHere.delete(this.owner);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
