import { GetAccountSummaryCommand, SetSecurityTokenServicePreferencesCommand } from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { openIam } from './iam.fixture.ts';

const { iam } = await openIam('token-preferences');

it('The version of tokens from the global endpoint is 1 until it is set, and told of in the account’s summary', async () => {
  const version = async () => (await iam.send(new GetAccountSummaryCommand({}))).SummaryMap!.GlobalEndpointTokenVersion;
  expect(await version()).toBe(1);
  for (const [GlobalEndpointTokenVersion, told] of [
    ['v2Token', 2],
    ['v1Token', 1],
  ] as const) {
    await iam.send(new SetSecurityTokenServicePreferencesCommand({ GlobalEndpointTokenVersion }));
    expect(await version()).toBe(told);
  }
});
