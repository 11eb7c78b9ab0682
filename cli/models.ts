import type { Command } from 'commander';

/** `outcrop models`: which backend answers which model id. */
export function addModelCommands(_program: Command): void {}
