import {
  CreateUserCommand,
  DeleteServerCertificateCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  GetServerCertificateCommand,
  GetSSHPublicKeyCommand,
  IAMClient,
  ListServerCertificatesCommand,
  ListServerCertificateTagsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  TagServerCertificateCommand,
  UntagServerCertificateCommand,
  UpdateServerCertificateCommand,
  UpdateSigningCertificateCommand,
  UpdateSSHPublicKeyCommand,
  UploadServerCertificateCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../tests/certificate.ts';
import { ACCOUNT, allow, openIam, refusal } from './iam.fixture.ts';

const { iam, fresh, nowMs, actor } = await openIam('certificates');

const authority = makeCertificate('authority');
const leaf = makeCertificate('server.example.com', authority);
const pem = ({ privateKey }: { privateKey: typeof leaf.privateKey }) =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

async function newUser() {
  const UserName = fresh('cert');
  await iam.send(new CreateUserCommand({ UserName }));
  return UserName;
}

describe('A server certificate', () => {
  const upload = (
    ServerCertificateName = fresh('Server'),
    more: { CertificateChain?: string; PrivateKey?: string; CertificateBody?: string; Path?: string } = {},
  ) =>
    iam.send(
      new UploadServerCertificateCommand({
        ServerCertificateName,
        CertificateBody: leaf.certificate,
        PrivateKey: pem(leaf),
        ...more,
      }),
    );

  it('is kept with its chain, told of without its key, renamed, tagged and deleted', async () => {
    const ServerCertificateName = fresh('Server');
    const { ServerCertificateMetadata } = await upload(ServerCertificateName, {
      CertificateChain: authority.certificate,
      Path: '/cloudfront/',
    });
    expect(ServerCertificateMetadata).toEqual({
      Path: '/cloudfront/',
      ServerCertificateName,
      ServerCertificateId: expect.stringMatching(/^ASCA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${ACCOUNT}:server-certificate/cloudfront/${ServerCertificateName}`,
      UploadDate: new Date(nowMs()),
      Expiration: new Date('2120-01-01T00:00:00Z'),
    });
    const told = await iam.send(new GetServerCertificateCommand({ ServerCertificateName }));
    expect(told.ServerCertificate).toEqual({
      ServerCertificateMetadata,
      CertificateBody: leaf.certificate,
      CertificateChain: authority.certificate,
    });
    const listed = await iam.send(new ListServerCertificatesCommand({ PathPrefix: '/cloudfront/' }));
    expect(listed.ServerCertificateMetadataList).toContainEqual(ServerCertificateMetadata);
    expect(await refusal(upload(ServerCertificateName.toLowerCase()))).toEqual({
      name: 'EntityAlreadyExistsException',
      message: `The Server Certificate with name ${ServerCertificateName.toLowerCase()} already exists.`,
      status: 409,
    });
    const NewServerCertificateName = fresh('Renamed');
    await iam.send(
      new UpdateServerCertificateCommand({ ServerCertificateName, NewServerCertificateName, NewPath: '/' }),
    );
    expect(await refusal(iam.send(new GetServerCertificateCommand({ ServerCertificateName })))).toEqual({
      name: 'NoSuchEntityException',
      message: `The Server Certificate with name ${ServerCertificateName} cannot be found.`,
      status: 404,
    });
    const name = { ServerCertificateName: NewServerCertificateName };
    await iam.send(
      new TagServerCertificateCommand({
        ...name,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '2' },
        ],
      }),
    );
    await iam.send(new UntagServerCertificateCommand({ ...name, TagKeys: ['a'] }));
    expect((await iam.send(new ListServerCertificateTagsCommand(name))).Tags).toEqual([{ Key: 'b', Value: '2' }]);
    expect(
      (await iam.send(new GetServerCertificateCommand(name))).ServerCertificate!.ServerCertificateMetadata,
    ).toMatchObject({
      Path: '/',
      Arn: `arn:aws:iam::${ACCOUNT}:server-certificate/${NewServerCertificateName}`,
      ServerCertificateId: ServerCertificateMetadata!.ServerCertificateId,
    });
    await iam.send(new DeleteServerCertificateCommand(name));
    expect(await refusal(iam.send(new DeleteServerCertificateCommand(name)))).toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  it('is held to its key and its chain', async () => {
    const stranger = makeCertificate('stranger');
    expect(await refusal(upload(fresh('x'), { CertificateBody: 'not PEM' }))).toEqual({
      name: 'MalformedCertificateException',
      message: 'Unable to parse certificate. Please ensure the certificate is in PEM format.',
      status: 400,
    });
    expect(await refusal(upload(fresh('x'), { PrivateKey: 'not PEM' }))).toMatchObject({
      name: 'MalformedCertificateException',
    });
    expect(await refusal(upload(fresh('x'), { PrivateKey: pem(stranger) }))).toMatchObject({
      name: 'KeyPairMismatchException',
      status: 400,
    });
    // The names fit, the signature does not.
    const impostor = makeCertificate('authority');
    for (const CertificateChain of [stranger.certificate, impostor.certificate, leaf.certificate, 'no certificate'])
      expect(await refusal(upload(fresh('x'), { CertificateChain }))).toEqual({
        name: 'MalformedCertificateException',
        message:
          'Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order.',
        status: 400,
      });
  });

  it('is renamed by who may do so under both names', async () => {
    const ServerCertificateName = fresh('mine');
    await upload(ServerCertificateName);
    const { clients } = await actor(
      fresh('half'),
      allow('iam:*ServerCertificate', `arn:aws:iam::${ACCOUNT}:server-certificate/mine-*`),
    );
    const own = new IAMClient(clients);
    const rename = (NewServerCertificateName: string) =>
      own.send(new UpdateServerCertificateCommand({ ServerCertificateName, NewServerCertificateName }));
    expect(await refusal(rename(fresh('theirs')))).toMatchObject({ name: 'AccessDenied' });
    await rename(fresh('mine'));
  });
});

describe('A signing certificate', () => {
  it('is uploaded, listed, made inactive and deleted; a user has two at most, and none twice', async () => {
    const UserName = await newUser();
    const first = makeCertificate('one').certificate;
    const { Certificate } = await iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody: first }));
    const { CertificateId } = Certificate!;
    expect(Certificate).toEqual({
      UserName,
      CertificateId: expect.stringMatching(/^\w{24,128}$/),
      CertificateBody: first,
      Status: 'Active',
      UploadDate: new Date(nowMs()),
    });
    const again = iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody: first }));
    expect(await refusal(again)).toMatchObject({ name: 'DuplicateCertificateException', status: 409 });
    await iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody: authority.certificate }));
    const third = iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody: leaf.certificate }));
    expect(await refusal(third)).toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for SigningCertificatesPerUser: 2',
    });
    await iam.send(new UpdateSigningCertificateCommand({ UserName, CertificateId, Status: 'Inactive' }));
    const { Certificates } = await iam.send(new ListSigningCertificatesCommand({ UserName }));
    expect(new Set(Certificates!.map(({ Status }) => Status))).toEqual(new Set(['Active', 'Inactive']));
    expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toMatchObject({
      name: 'DeleteConflictException',
    });
    for (const one of Certificates!)
      await iam.send(new DeleteSigningCertificateCommand({ UserName, CertificateId: one.CertificateId }));
    expect(await refusal(iam.send(new DeleteSigningCertificateCommand({ UserName, CertificateId })))).toEqual({
      name: 'NoSuchEntityException',
      message: `The Certificate with id ${CertificateId} cannot be found.`,
      status: 404,
    });
    await iam.send(new DeleteUserCommand({ UserName }));
  });
});

/** As `ssh-keygen` writes an RSA key; put together here by itself. */
function sshKey(modulusLength = 2048) {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const number = (text: string) => field(Buffer.concat([Buffer.of(0), Buffer.from(text, 'base64url')]));
  const exponent = field(Buffer.from(e!, 'base64url'));
  const blob = Buffer.concat([field(Buffer.from('ssh-rsa')), exponent, number(n!)]);
  return {
    ssh: `ssh-rsa ${blob.toString('base64')}`,
    pem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    fingerprint: createHash('md5').update(blob).digest('hex').match(/../g)!.join(':'),
  };
}

describe('An SSH public key', () => {
  const upload = (UserName: string, SSHPublicKeyBody: string) =>
    iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }));

  it('is given in one form and told of in both', async () => {
    const UserName = await newUser();
    for (const given of ['ssh', 'pem'] as const) {
      const key = sshKey();
      const { SSHPublicKey } = await upload(UserName, given === 'ssh' ? `${key.ssh} me@example.com\n` : key.pem);
      const comment = given === 'ssh' ? ' me@example.com' : '';
      expect(SSHPublicKey).toEqual({
        UserName,
        SSHPublicKeyId: expect.stringMatching(/^APKA[A-Z2-7]{17}$/),
        Fingerprint: key.fingerprint,
        SSHPublicKeyBody: `${key.ssh}${comment}`,
        Status: 'Active',
        UploadDate: new Date(nowMs()),
      });
      const { SSHPublicKeyId } = SSHPublicKey!;
      const get = async (Encoding: 'SSH' | 'PEM') =>
        (await iam.send(new GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding }))).SSHPublicKey!
          .SSHPublicKeyBody;
      expect(await get('SSH')).toBe(`${key.ssh}${comment}`);
      expect(await get('PEM')).toBe(key.pem);
    }
  });

  it('is RSA of 2,048 bits or more, once a user, five at most', async () => {
    const UserName = await newUser();
    const key = sshKey();
    await upload(UserName, key.ssh);
    expect(await refusal(upload(UserName, key.pem))).toMatchObject({
      name: 'DuplicateSSHPublicKeyException',
      status: 400,
    });
    expect(await refusal(upload(UserName, UserName))).toEqual({
      name: 'UnrecognizedPublicKeyEncodingException',
      message: 'Invalid public key uploaded.',
      status: 400,
    });
    expect(await refusal(upload(UserName, key.ssh.slice(0, 200)))).toMatchObject({
      name: 'UnrecognizedPublicKeyEncodingException',
    });
    expect(await refusal(upload(UserName, sshKey(1024).ssh))).toMatchObject({ name: 'InvalidPublicKeyException' });
    const curve = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string;
    expect(await refusal(upload(UserName, curve))).toMatchObject({ name: 'InvalidPublicKeyException' });
    expect(await refusal(upload(UserName, pem(leaf)))).toMatchObject({ name: 'InvalidPublicKeyException' });
    for (let made = 1; made < 5; made++) await upload(UserName, sshKey().ssh);
    expect(await refusal(upload(UserName, sshKey().ssh))).toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for SSHPublicKeysPerUser: 5',
    });
  });

  it('is made inactive and deleted', async () => {
    const UserName = await newUser();
    const { SSHPublicKey } = await upload(UserName, sshKey().ssh);
    const { SSHPublicKeyId } = SSHPublicKey!;
    await iam.send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: 'Inactive' }));
    expect((await iam.send(new ListSSHPublicKeysCommand({ UserName }))).SSHPublicKeys).toEqual([
      { UserName, SSHPublicKeyId, Status: 'Inactive', UploadDate: new Date(nowMs()) },
    ]);
    await iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }));
    expect(await refusal(iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })))).toEqual({
      name: 'NoSuchEntityException',
      message: `The Public Key with id ${SSHPublicKeyId} cannot be found.`,
      status: 404,
    });
  });
});
