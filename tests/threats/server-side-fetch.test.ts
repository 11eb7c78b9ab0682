import { CreateOpenIDConnectProviderCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { allow, identities, refusal, trust } from '../identities.ts';
import { oidcIdentityProvider } from '../oidc-provider.ts';
import { startForTests, testSeed } from '../start.ts';

/**
 * The stack fetches from addresses that its users name. Who may register an identity provider must not reach through it what stands on this
 * machine or in its network, nor learn what is there.
 */
const random = generator(testSeed('threats: server-side fetch'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests();
const { user, role } = identities(outcrop);
const attacker = await user(fresh('attacker'), allow('iam:*'));
const iam = new IAMClient(attacker.clients);

/** A service inside, which tells who came by. */
async function inside(kind: 'http' | 'https' | 'tcp') {
  let visits = 0;
  const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
  const answer: http.RequestListener = (_request, response) => void response.end('{"secret":"inside"}');
  const server =
    kind === 'tcp'
      ? net.createServer((socket) => socket.end('secret'))
      : kind === 'http'
        ? http.createServer(answer)
        : https.createServer({ cert: fixture('localhost.crt'), key: fixture('localhost.key') }, answer);
  server.on('connection', (socket: net.Socket) => {
    visits++;
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  afterAll(() => void server.close());
  return { port: (server.address() as AddressInfo).port, visits: () => visits };
}

/** Ways to write this machine, its network, and what clouds have at fixed addresses. */
const PLACES = [
  '127.0.0.1',
  'localhost',
  '[::1]',
  '127.1',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '2130706433',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '0.0.0.0',
  '[::]',
  '\u2460\u2461\u2466.0.0.1',
];
const NEVER = [
  '169.254.169.254',
  '[fd00:ec2::254]',
  '10.0.0.1',
  '192.168.1.1',
  '172.16.0.1',
  '100.64.0.1',
  '[fe80::1]',
  '224.0.0.1',
  '255.255.255.255',
];

describe('Somebody who may register identity providers', () => {
  it('makes the stack connect to nothing on its own machine, however the address is written', async () => {
    for (const kind of ['https', 'http', 'tcp'] as const) {
      const { port, visits } = await inside(kind);
      for (const place of PLACES) {
        const Url = `https://${place}:${port}/${fresh('path')}`;
        const { status } = await refusal(
          iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['x'] })),
        );
        expect(status, Url).toBe(400);
      }
      expect(visits(), kind).toBe(0);
    }
  });

  it('is told the same of every address that is not fetched from, whatever is there', async () => {
    const { port } = await inside('https');
    const closed = port === 65_535 ? port - 1 : port + 1;
    const told = async (Url: string) => {
      const { name, message } = await refusal(
        iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['x'] })),
      );
      return { name, message: message.replaceAll(Url, '').replaceAll(/\d+/g, '') };
    };
    const [open, shut] = [await told(`https://127.0.0.1:${port}/`), await told(`https://127.0.0.1:${closed}/`)];
    expect(open).toEqual(shut);
    for (const place of NEVER) expect((await told(`https://${place}/`)).name, place).toBe(open.name);
  });

  it("makes no sign-in fetch from there: neither the provider's document nor the keys that it points to", async () => {
    const idp = await oidcIdentityProvider();
    const { port, visits } = await inside('http');
    for (const registered of [idp.registered, `https://localhost:${port}`, `https://127.0.0.1:${port}/%2e%2e/x`]) {
      const made = await iam.send(
        new CreateOpenIDConnectProviderCommand({
          Url: registered,
          ClientIDList: ['x'],
          ThumbprintList: ['0'.repeat(40)],
        }),
      );
      const any = await role(
        fresh('any'),
        trust({ Federated: made.OpenIDConnectProviderArn }, { Action: 'sts:AssumeRoleWithWebIdentity' }),
      );
      for (const iss of [registered, registered.replace('https:', 'http:')]) {
        const WebIdentityToken = idp.token({ at: new Date(), aud: 'x', sub: 'y', iss });
        const { name } = await refusal(
          new STSClient(outcrop.clients).send(
            new AssumeRoleWithWebIdentityCommand({ RoleArn: any.arn, RoleSessionName: 'one', WebIdentityToken }),
          ),
        );
        expect(name).toBe('InvalidIdentityTokenException');
      }
    }
    expect([idp.fetches(), visits()]).toEqual([0, 0]);
  });
});

describe('A provider on this machine, where that is allowed', () => {
  it('points to keys on this machine, but to nothing that is no document of keys', async () => {
    const allowed = await startForTests({ allowPrivateFetch: true });
    const there = identities(allowed);
    const idp = await oidcIdentityProvider();
    const { port, visits } = await inside('tcp');
    const made = await there.iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: idp.registered,
        ClientIDList: ['x'],
        ThumbprintList: ['0'.repeat(40)],
      }),
    );
    const any = await there.role(
      fresh('any'),
      trust({ Federated: made.OpenIDConnectProviderArn }, { Action: 'sts:AssumeRoleWithWebIdentity' }),
    );
    const signIn = () =>
      new STSClient({ ...allowed.clients, maxAttempts: 1 }).send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: any.arn,
          RoleSessionName: 'one',
          WebIdentityToken: idp.token({ at: new Date(), aud: 'x', sub: 'y' }),
        }),
      );
    for (const jwks_uri of [
      `http://127.0.0.1:${port}/`,
      'http://10.255.255.1/',
      'http://example.com/',
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'data:application/json,{"keys":[]}',
      `http://user:password@127.0.0.1:${port}/`,
    ]) {
      idp.answerWith((_request, response) => void response.end(JSON.stringify({ issuer: idp.url, jwks_uri })));
      const { name, message } = await refusal(signIn());
      expect(name, jwks_uri).toMatch(/^(InvalidIdentityToken|IDPCommunicationError)Exception$/);
      expect(message).not.toContain('secret');
    }
    expect(visits()).toBe(1);
    idp.answerWith(undefined);
    await signIn();
  });
});
