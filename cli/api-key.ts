import type { Command } from 'commander';
import { bedrockApiKey } from '../src/main.ts';

const SECONDS_PER_HOUR = 3_600;

/** `outcrop api-key`: what OPENAI_API_KEY and AWS_BEARER_TOKEN_BEDROCK take. It is signed here; no stack is asked. */
export function addApiKeyCommand(program: Command): void {
  program
    .command('api-key')
    .description('print a short-term Bedrock API key of the credentials in AWS_ACCESS_KEY_ID (test/test without)')
    .option('--hours <n>', 'how long it lasts, at most 12', '12')
    .option(
      '--region <region>',
      'the region it holds for',
      process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'],
    )
    .action(({ hours, region = 'us-east-1' }: { hours: string; region?: string }) => {
      const { env } = process;
      const seconds = Math.round(Number(hours) * SECONDS_PER_HOUR);
      if (!(seconds > 0)) throw new Error(`--hours takes a number of up to 12, not ${hours}.`);
      console.log(
        bedrockApiKey({
          accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? 'test',
          secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? 'test',
          sessionToken: env['AWS_SESSION_TOKEN'],
          region,
          seconds,
        }),
      );
    });
}
