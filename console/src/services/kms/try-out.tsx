import { DecryptCommand, EncryptCommand, KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useSend } from '../../aws/call.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { KeyValueRows, type KeyValue } from '../../ui/key-value-rows.tsx';

/** Encrypts and decrypts a text under the key, with an encryption context. */
export function TryOut({ metadata }: { metadata: KeyMetadata }) {
  const KeyId = metadata.KeyId!;
  const send = useSend(KMSClient);
  const algorithms = metadata.EncryptionAlgorithms ?? [];
  const [algorithm, setAlgorithm] = useState(algorithms[0]);
  const [plaintext, setPlaintext] = useState('');
  const [ciphertext, setCiphertext] = useState('');
  const [context, setContext] = useState<KeyValue[]>([]);
  const [decrypted, setDecrypted] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);
  if (algorithm === undefined)
    return <Alert type="info">A key for {metadata.KeyUsage} neither encrypts nor decrypts.</Alert>;
  const symmetric = algorithm === 'SYMMETRIC_DEFAULT';
  const given = {
    KeyId,
    EncryptionAlgorithm: algorithm,
    ...(symmetric && context.length > 0
      ? { EncryptionContext: Object.fromEntries(context.map(({ key, value }) => [key, value])) }
      : {}),
  };
  const act = async (run: () => Promise<void>) => {
    setPending(true);
    setError(undefined);
    setDecrypted(undefined);
    try {
      await run();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setPending(false);
    }
  };
  const encrypt = () =>
    act(async () => {
      const { CiphertextBlob } = await send(EncryptCommand, {
        ...given,
        Plaintext: new TextEncoder().encode(plaintext),
      });
      setCiphertext(base64(CiphertextBlob!));
    });
  const decrypt = () =>
    act(async () => {
      const { Plaintext } = await send(DecryptCommand, { ...given, CiphertextBlob: bytesOf(ciphertext) });
      setDecrypted(new TextDecoder().decode(Plaintext));
    });
  return (
    <Container
      header={
        <Header variant="h2" description="Each is a call under your own rights, and is on the trail.">
          Encrypt and decrypt
        </Header>
      }
    >
      <SpaceBetween size="m">
        {algorithms.length > 1 && (
          <FormField label="Encryption algorithm">
            <Select
              selectedOption={{ value: algorithm, label: algorithm }}
              options={algorithms.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setAlgorithm(detail.selectedOption.value as typeof algorithm)}
            />
          </FormField>
        )}
        {symmetric && (
          <FormField
            label="Encryption context"
            description="Has to be the same to decrypt. It is on the trail as it is."
            stretch
          >
            <KeyValueRows rows={context} onChange={setContext} noun="pair" />
          </FormField>
        )}
        <FormField label="Plaintext" stretch>
          <Textarea
            value={plaintext}
            rows={3}
            spellcheck={false}
            onChange={({ detail }) => setPlaintext(detail.value)}
          />
        </FormField>
        <Button loading={pending} disabled={plaintext === ''} onClick={() => void encrypt()}>
          Encrypt
        </Button>
        <FormField label="Ciphertext, in base64" stretch>
          <Textarea
            value={ciphertext}
            rows={3}
            spellcheck={false}
            onChange={({ detail }) => setCiphertext(detail.value)}
          />
        </FormField>
        <Button
          loading={pending}
          disabled={!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(ciphertext)}
          onClick={() => void decrypt()}
        >
          Decrypt
        </Button>
        {error !== undefined && <Failure error={error} />}
        {decrypted !== undefined && <CodeBlock text={decrypted} label="Decrypted" />}
      </SpaceBetween>
    </Container>
  );
}

const base64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll(/\s/g, '')), (char) => char.charCodeAt(0));
