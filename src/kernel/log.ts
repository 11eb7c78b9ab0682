import pino, { type Logger } from 'pino';

/** The log: JSON lines on stderr, so that stdout stays for what commands print. Secrets and bodies are never logged. */
export function openLog(level: string): Logger {
  return pino(
    { level, base: undefined, redact: ['*.secretAccessKey', '*.sessionToken', 'headers.authorization'] },
    pino.destination({ dest: 2, sync: false }),
  );
}
