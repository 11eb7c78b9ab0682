import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useEffect, useState } from 'react';
import { signIn } from '../aws/session.ts';
import { Failure } from '../ui/failure.tsx';
import { REGIONS } from './regions.ts';
import './shell.css';

/** What `/_outcrop/sign-in` tells without credentials; the well-known key is no secret. */
type Facts = {
  region: string;
  account: string;
  wellKnown: { accessKeyId: string; secretAccessKey: string } | null;
};

/** Signing in with an access key pair. */
export function SignIn() {
  const [facts, setFacts] = useState<Facts>();
  const [accessKeyId, setAccessKeyId] = useState('');
  const [secretAccessKey, setSecretAccessKey] = useState('');
  const [sessionToken, setSessionToken] = useState('');
  const [region, setRegion] = useState('us-east-1');
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);

  useEffect(() => {
    document.title = 'Sign in | Outcrop';
    const abort = new AbortController();
    fetch('/_outcrop/sign-in', { signal: abort.signal })
      .then((response) => response.json() as Promise<Facts>)
      .then((found) => {
        setFacts(found);
        setRegion(found.region);
        if (!found.wellKnown) return;
        setAccessKeyId(found.wellKnown.accessKeyId);
        setSecretAccessKey(found.wellKnown.secretAccessKey);
      })
      .catch((failure: unknown) => {
        if (!abort.signal.aborted) setError(failure);
      });
    return () => abort.abort();
  }, []);

  async function submit() {
    setPending(true);
    setError(undefined);
    try {
      const token = sessionToken.trim();
      await signIn(
        {
          accessKeyId: accessKeyId.trim(),
          secretAccessKey: secretAccessKey.trim(),
          ...(token === '' ? {} : { sessionToken: token }),
        },
        region,
      );
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  }

  return (
    <main className="sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Container
          header={
            <Header variant="h1" description="The AWS AI stack on your own machine.">
              Outcrop
            </Header>
          }
        >
          <Form
            actions={
              <Button
                variant="primary"
                formAction="submit"
                loading={pending}
                disabled={accessKeyId.trim() === '' || secretAccessKey.trim() === ''}
              >
                Sign in
              </Button>
            }
          >
            <SpaceBetween size="m">
              {error !== undefined && <Failure error={error} />}
              {facts?.wellKnown && (
                <Alert type="info">
                  This stack listens on this machine alone and uses its well-known root key. It is filled in: choose{' '}
                  <strong>Sign in</strong>.
                </Alert>
              )}
              <FormField label="Access key ID">
                <Input
                  value={accessKeyId}
                  onChange={({ detail }) => setAccessKeyId(detail.value)}
                  name="access-key-id"
                  autoComplete="off"
                />
              </FormField>
              <FormField label="Secret access key">
                <Input
                  type="password"
                  value={secretAccessKey}
                  onChange={({ detail }) => setSecretAccessKey(detail.value)}
                  name="secret-access-key"
                  autoComplete="off"
                />
              </FormField>
              <FormField label="Region">
                <Select
                  selectedOption={{ value: region, label: REGIONS[region] ?? region, description: region }}
                  options={[...new Set([region, ...Object.keys(REGIONS)])].map((value) => ({
                    value,
                    label: REGIONS[value] ?? value,
                    description: value,
                  }))}
                  filteringType="auto"
                  onChange={({ detail }) => setRegion(detail.selectedOption.value!)}
                />
              </FormField>
              <ExpandableSection headerText="Temporary credentials">
                <FormField label="Session token" description="Of credentials that STS has given.">
                  <Textarea value={sessionToken} onChange={({ detail }) => setSessionToken(detail.value)} rows={3} />
                </FormField>
              </ExpandableSection>
              <Box variant="small" color="text-body-secondary">
                What your policies deny, the console denies. Credentials stay in this tab and are gone when it is
                closed.
                {facts && ` Account of the stack: ${facts.account}.`}
              </Box>
            </SpaceBetween>
          </Form>
        </Container>
      </form>
    </main>
  );
}
