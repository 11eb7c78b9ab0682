#!/usr/bin/env node
import { Command } from 'commander';
import { VERSION } from '../src/main.ts';
import { addApiKeyCommand } from './api-key.ts';
import { addCostCommand } from './cost.ts';
import { addDocsCommand } from './docs.ts';
import { addInferenceCommands } from './inference.ts';
import { addManagementCommands } from './manage.ts';
import { addMcpCommand } from './mcp.ts';
import { addModelCommands } from './models.ts';
import { addRuleCommands } from './rules.ts';
import { addStartCommand } from './start.ts';

/** The `outcrop` command. */
const program = new Command('outcrop')
  .description('The AWS AI stack on your own machine.')
  .version(VERSION)
  .showHelpAfterError()
  .showSuggestionAfterError()
  // What follows a command is the command's own.
  .enablePositionalOptions();
addStartCommand(program);
addManagementCommands(program);
addInferenceCommands(program);
addCostCommand(program);
addApiKeyCommand(program);
addModelCommands(program);
addRuleCommands(program);
addDocsCommand(program);
addMcpCommand(program);

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  // Not the exit code alone: a worker's channel to its primary would keep it alive.
  process.exit(1);
}
