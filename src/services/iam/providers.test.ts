import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateSAMLProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteSAMLProviderCommand,
  GetOpenIDConnectProviderCommand,
  GetSAMLProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  ListSAMLProvidersCommand,
  ListSAMLProviderTagsCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  TagSAMLProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UntagSAMLProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateSAMLProviderCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../tests/certificate.ts';
import { samlIdentityProvider } from '../../../tests/saml-provider.ts';
import { startForTests } from '../../../tests/start.ts';
import { ACCOUNT, allow, openIam, refusal } from './iam.fixture.ts';

const { iam, fresh, nowMs, actor, random } = await openIam('providers');

const thumbprint = () => Array.from({ length: 40 }, () => '0123456789abcdef'[Math.floor(random() * 16)]).join('');
const invalid = { name: 'InvalidInputException', status: 400 };

describe('A SAML provider', () => {
  const { metadata } = samlIdentityProvider('https://idp.example.com/first');

  it('is made from its metadata document, told of, changed, listed and deleted', async () => {
    const Name = fresh('Saml');
    const Tags = [{ Key: 'k', Value: fresh('v') }];
    const { SAMLProviderArn } = await iam.send(
      new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: metadata, Tags }),
    );
    expect(SAMLProviderArn).toBe(`arn:aws:iam::${ACCOUNT}:saml-provider/${Name}`);
    const created = new Date(nowMs());
    const hundredYears = new Date(created);
    hundredYears.setUTCFullYear(created.getUTCFullYear() + 100);
    const told = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }));
    expect(told).toMatchObject({
      SAMLMetadataDocument: metadata,
      CreateDate: created,
      ValidUntil: hundredYears,
      Tags,
      SAMLProviderUUID: expect.stringMatching(/^[A-Z0-9]{22,64}$/),
    });
    const again = iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: metadata }));
    expect(await refusal(again)).toMatchObject({ name: 'EntityAlreadyExistsException', status: 409 });

    const { metadata: other } = samlIdentityProvider('https://idp.example.com/second');
    const until = '2040-01-01T00:00:00Z';
    const dated = other.replace('<EntityDescriptor ', `<EntityDescriptor validUntil="${until}" `);
    await iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn, SAMLMetadataDocument: dated }));
    expect(await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }))).toMatchObject({
      SAMLMetadataDocument: dated,
      ValidUntil: new Date(until),
      SAMLProviderUUID: told.SAMLProviderUUID,
    });
    const { SAMLProviderList } = await iam.send(new ListSAMLProvidersCommand({}));
    expect(SAMLProviderList).toContainEqual({
      Arn: SAMLProviderArn,
      CreateDate: created,
      ValidUntil: new Date(until),
    });
    await iam.send(new TagSAMLProviderCommand({ SAMLProviderArn, Tags: [{ Key: 'l', Value: '2' }] }));
    await iam.send(new UntagSAMLProviderCommand({ SAMLProviderArn, TagKeys: ['k'] }));
    expect((await iam.send(new ListSAMLProviderTagsCommand({ SAMLProviderArn }))).Tags).toEqual([
      { Key: 'l', Value: '2' },
    ]);
    await iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }));
    for (const command of [
      new GetSAMLProviderCommand({ SAMLProviderArn }),
      new DeleteSAMLProviderCommand({ SAMLProviderArn }),
    ])
      expect(await refusal(iam.send(command))).toEqual({
        name: 'NoSuchEntityException',
        message: `Manifest not found for arn ${SAMLProviderArn}`,
        status: 404,
      });
  });

  const padding = `<!--${'x'.repeat(1000)}-->`;
  it.each([
    ['is not well-formed', metadata.replace('</EntityDescriptor>', '')],
    ['is none', `<other>${padding}</other>`],
    ['has no entityID', metadata.replace(/entityID="[^"]*"/, '')],
    ['has no identity provider', metadata.replaceAll('IDPSSODescriptor', 'SPSSODescriptor')],
    ['has no signing certificate', metadata.replace('use="signing"', 'use="encryption"')],
    ['has a certificate that is none', metadata.replace(/(<ds:X509Certificate>)[^<]*/, `$1${'bm9u'.repeat(300)}`)],
    ['has a document type', metadata.replace('<EntityDescriptor', '<!DOCTYPE x [<!ENTITY a "b">]><EntityDescriptor')],
    ['has more elements than any', metadata.replace('<IDPSSODescriptor', `${'<a/>'.repeat(50_000)}<IDPSSODescriptor`)],
  ])('whose document %s is refused', async (_what, SAMLMetadataDocument) => {
    expect(SAMLMetadataDocument).not.toBe(metadata);
    const refused = iam.send(new CreateSAMLProviderCommand({ Name: fresh('bad'), SAMLMetadataDocument }));
    expect(await refusal(refused)).toMatchObject({
      ...invalid,
      message: expect.stringMatching(/^Could not parse metadata: /),
    });
  });

  it('with keys to decrypt assertions is not built, and says so', async () => {
    const refused = iam.send(
      new CreateSAMLProviderCommand({
        Name: fresh('enc'),
        SAMLMetadataDocument: metadata,
        AssertionEncryptionMode: 'Required',
      }),
    );
    expect(await refusal(refused)).toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('AssertionEncryptionMode'),
      status: 501,
    });
  });
});

describe('An OpenID Connect provider', () => {
  const newUrl = () => `https://${fresh('oidc')}.example.com/tenant`;
  const create = async (Url = newUrl(), ClientIDList = ['app-one']) => {
    const ThumbprintList = [thumbprint()];
    const { OpenIDConnectProviderArn } = await iam.send(
      new CreateOpenIDConnectProviderCommand({ Url, ClientIDList, ThumbprintList }),
    );
    return { Url, OpenIDConnectProviderArn, ThumbprintList };
  };

  it('is known by its URL, and told of, listed and deleted', async () => {
    const { Url, OpenIDConnectProviderArn, ThumbprintList } = await create();
    const bare = Url.slice('https://'.length);
    expect(OpenIDConnectProviderArn).toBe(`arn:aws:iam::${ACCOUNT}:oidc-provider/${bare}`);
    expect(await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).toMatchObject({
      Url: bare,
      ClientIDList: ['app-one'],
      ThumbprintList,
      CreateDate: new Date(nowMs()),
    });
    expect(await refusal(create(Url))).toEqual({
      name: 'EntityAlreadyExistsException',
      message: `Provider with url ${Url} already exists.`,
      status: 409,
    });
    const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    expect(OpenIDConnectProviderList).toContainEqual({ Arn: OpenIDConnectProviderArn });
    // Deleting one that is not there is no error.
    for (let time = 0; time < 2; time++)
      await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    expect(await refusal(iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })))).toEqual({
      name: 'NoSuchEntityException',
      message: `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`,
      status: 404,
    });
  });

  it('has audiences and thumbprints that are changed, and tags', async () => {
    const { OpenIDConnectProviderArn } = await create();
    const arn = { OpenIDConnectProviderArn };
    for (const ClientID of ['app-two', 'app-two'])
      await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...arn, ClientID }));
    for (const ClientID of ['app-one', 'app-none'])
      await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...arn, ClientID }));
    const ThumbprintList = [thumbprint(), thumbprint()];
    await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...arn, ThumbprintList }));
    await iam.send(
      new TagOpenIDConnectProviderCommand({
        ...arn,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await iam.send(new UntagOpenIDConnectProviderCommand({ ...arn, TagKeys: ['a'] }));
    const Tags = [{ Key: 'b', Value: '2' }];
    expect(await iam.send(new GetOpenIDConnectProviderCommand(arn))).toMatchObject({
      ClientIDList: ['app-two'],
      ThumbprintList,
      Tags,
    });
    expect((await iam.send(new ListOpenIDConnectProviderTagsCommand(arn))).Tags).toEqual(Tags);
  });

  it('has a URL with https and no query, a hundred audiences and five thumbprints at most', async () => {
    const ThumbprintList = [thumbprint()];
    for (const Url of ['http://idp.example.com', 'idp.example.com', 'https://idp.example.com/?x=1', 'https://'])
      expect(await refusal(iam.send(new CreateOpenIDConnectProviderCommand({ Url, ThumbprintList })))).toMatchObject(
        invalid,
      );
    const six = Array.from({ length: 6 }, thumbprint);
    const many = iam.send(new CreateOpenIDConnectProviderCommand({ Url: newUrl(), ThumbprintList: six }));
    expect(await refusal(many)).toMatchObject(invalid);
    const odd = iam.send(new CreateOpenIDConnectProviderCommand({ Url: newUrl(), ThumbprintList: ['z'.repeat(40)] }));
    expect(await refusal(odd)).toMatchObject(invalid);
    const hundred = Array.from({ length: 100 }, (_, at) => `app-${at}`);
    const { OpenIDConnectProviderArn } = await create(newUrl(), hundred);
    const more = iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'more' }),
    );
    expect(await refusal(more)).toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100',
    });
  });

  it('that is made without thumbprints gets that of the last certificate that its server shows', async () => {
    const authority = makeCertificate('authority');
    const leaf = makeCertificate('localhost', authority);
    const server = createServer({
      key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: leaf.certificate + authority.certificate,
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterAll(() => server.close());
    const Url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const here = await startForTests({ allowPrivateFetch: true });
    const admin = new IAMClient(here.clients);
    const { OpenIDConnectProviderArn } = await admin.send(new CreateOpenIDConnectProviderCommand({ Url }));
    const { ThumbprintList } = await admin.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    const { fingerprint } = new X509Certificate(authority.certificate);
    expect(ThumbprintList).toEqual([fingerprint.replaceAll(':', '').toLowerCase()]);
    const deaf = createTcpServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    afterAll(() => deaf.close());
    const DeafUrl = `https://127.0.0.1:${(deaf.address() as AddressInfo).port}`;
    expect(await refusal(admin.send(new CreateOpenIDConnectProviderCommand({ Url: DeafUrl })))).toMatchObject({
      name: 'OpenIdIdpCommunicationErrorException',
      status: 400,
    });
    // Where private addresses are not to be reached, nothing is asked there.
    expect(await refusal(iam.send(new CreateOpenIDConnectProviderCommand({ Url })))).toMatchObject({
      name: 'OpenIdIdpCommunicationErrorException',
      message: expect.stringContaining('private address'),
    });
  });
});

it('Who may do what with a provider is decided on its ARN and by its tags', async () => {
  const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/mine.example.com`;
  const { clients } = await actor(
    fresh('partly'),
    allow('iam:*OpenIDConnectProvider*', arn, { Condition: { StringNotEquals: { 'aws:ResourceTag/locked': 'yes' } } }),
  );
  const own = new IAMClient(clients);
  const make = (Url: string) =>
    own.send(new CreateOpenIDConnectProviderCommand({ Url, ThumbprintList: [thumbprint()] }));
  expect((await make('https://mine.example.com')).OpenIDConnectProviderArn).toBe(arn);
  expect(await refusal(make('https://other.example.com'))).toMatchObject({ name: 'AccessDenied' });
  await own.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
  await iam.send(
    new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn, Tags: [{ Key: 'locked', Value: 'yes' }] }),
  );
  expect(await refusal(own.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })))).toMatchObject(
    {
      name: 'AccessDenied',
    },
  );
  // No other spelling of an ARN leads to what a policy speaks of by its own.
  const Name = fresh('Saml');
  const { metadata } = samlIdentityProvider('https://idp.example.com/spelled');
  const { SAMLProviderArn } = await iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: metadata }));
  const odd = SAMLProviderArn!.replace('/', '/mine/');
  expect(await refusal(iam.send(new GetSAMLProviderCommand({ SAMLProviderArn: odd })))).toMatchObject({
    name: 'NoSuchEntityException',
  });
});
