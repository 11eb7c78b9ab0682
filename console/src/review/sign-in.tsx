import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Failure } from '../ui/failure.tsx';

/** A name, and the access code of the team. */
export function SignIn(props: {
  name: string;
  error?: unknown;
  pending: boolean;
  onSignIn: (name: string, code: string) => void;
}) {
  const [name, setName] = useState(props.name);
  const [code, setCode] = useState('');
  const [tried, setTried] = useState(false);
  const nameFault =
    name.trim() === '' ? 'Enter a name.' : name.trim().length > 64 ? 'A name has 64 characters at most.' : '';
  const codeFault = code.trim() === '' ? 'Enter the access code of your team.' : '';
  return (
    <main className="review-sign-in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (nameFault === '' && codeFault === '') props.onSignIn(name.trim(), code.trim());
        }}
      >
        <Container
          header={
            <Header variant="h1" description="Sign in to rate answers for your team.">
              Review
            </Header>
          }
        >
          <Form
            actions={
              <Button variant="primary" formAction="submit" loading={props.pending}>
                Sign in
              </Button>
            }
          >
            <SpaceBetween size="m">
              {props.error !== undefined && <Failure error={props.error} />}
              <FormField
                label="Your name"
                description="The same name each time: it tells which tasks you have done."
                errorText={tried ? nameFault : ''}
              >
                <Input
                  value={name}
                  onChange={({ detail }) => setName(detail.value)}
                  autoComplete="username"
                  name="name"
                />
              </FormField>
              <FormField
                label="Access code"
                description="From whoever asked you to review."
                errorText={tried ? codeFault : ''}
              >
                <Input
                  type="password"
                  value={code}
                  onChange={({ detail }) => setCode(detail.value)}
                  autoComplete="current-password"
                  name="code"
                />
              </FormField>
            </SpaceBetween>
          </Form>
        </Container>
      </form>
    </main>
  );
}
