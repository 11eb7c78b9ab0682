import type { Command } from 'commander';

/** `outcrop mcp`: a server of the Model Context Protocol for coding agents, over standard input and output. */
export function addMcpCommand(program: Command): void {
  program
    .command('mcp')
    .description(
      'serve a coding agent over the Model Context Protocol (stdio): coverage, calls, why, cost, rules, clock, docs',
    )
    .action(async () => {
      // Only this command needs the protocol.
      const { serve } = await import('./mcp/serve.ts');
      await serve();
    });
}
