import { PutParameterCommand, SSMClient, type PutParameterRequest } from '@aws-sdk/client-ssm';
import { generator } from '../../kernel/ids.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';

/** A stack with a frozen clock, and what the tests of this service do over and over. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
const CHARACTERS = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789äß漢🔑 .:;,=');

export async function openSsm(name: string, frozenAt = '2031-05-05T12:00:00Z') {
  const random = generator(testSeed(`ssm ${name}`));
  const outcrop = await startForTests({ clock: { frozenAt: new Date(frozenAt) } });
  const ssm = new SSMClient({ ...outcrop.clients, maxAttempts: 1 });
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  let serial = 0;
  const text = (length = integer(1, 60)) =>
    Array.from({ length }, () => CHARACTERS[integer(0, CHARACTERS.length - 1)]).join('');
  const newName = (path = '/app') => `${path}/${serial++}-${integer(1, 1e9)}`;
  return {
    outcrop,
    ssm,
    random,
    integer,
    text,
    newName,
    nowMs: () => outcrop.clock.now().getTime(),
    /** Makes a String parameter, or what `more` says. */
    async put(more: Partial<PutParameterRequest> = {}) {
      const input = { Name: newName(), Value: text(), Type: 'String' as const, ...more };
      const { Version, Tier } = await ssm.send(new PutParameterCommand(input));
      return { name: input.Name, value: input.Value, version: Version!, tier: Tier! };
    },
  };
}
