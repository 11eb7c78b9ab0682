import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConstraintData } from '../../src/protocol/constraints/data.ts';
import { constraintsFile, generate, installedPython, installPython, SERVICES } from './generate.ts';

const python = (await installedPython()) ?? (process.env['CI'] === undefined ? undefined : await installPython());
if (python === undefined) {
  console.warn('skipped: the pinned botocore is not installed; npx tsx tools/constraints/generate.ts installs it');
}

describe.skipIf(python === undefined)('the checked-in constraints', () => {
  it('are what the pinned botocore says', { timeout: 120_000 }, async () => {
    const texts = await generate(python!, SERVICES);
    expect([...texts.keys()].toSorted()).toEqual(SERVICES);
    for (const [service, text] of texts) expect(text).toBe(readFileSync(constraintsFile(service), 'utf8'));
  });

  it('are found by the name of the SDK client where botocore uses another', { timeout: 120_000 }, async () => {
    const data = JSON.parse((await generate(python!, ['sfn'])).get('sfn')!) as ConstraintData;
    expect(data.source).toContain(' stepfunctions ');
    expect(data.shapes[data.operations['StartExecution']!.input!]!.required).toContain('stateMachineArn');
  });

  it('cannot be made for a client that does not exist', { timeout: 120_000 }, async () => {
    await expect(generate(python!, ['no-such-client'])).rejects.toThrow(
      "no service with the client name 'no-such-client'",
    );
  });
});
