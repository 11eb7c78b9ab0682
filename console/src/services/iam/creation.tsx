import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import { tellSuccess } from '../../shell/notices.tsx';

/** The name of what is to be created, as IAM has names. */
export function NameField(props: {
  label: string;
  /** Letters at most. */
  most: number;
  value: string;
  onChange: (name: string) => void;
}) {
  const { label, most, value, onChange } = props;
  const wrong = value !== '' && !isName(value, most);
  return (
    <FormField label={label} errorText={wrong ? `Up to ${most} letters, digits and + = , . @ _ -` : undefined}>
      <Input value={value} onChange={({ detail }) => onChange(detail.value)} autoComplete={false} />
    </FormField>
  );
}

/** Whether IAM takes a text as a name. */
export const isName = (name: string, most: number): boolean => name.length <= most && /^[\w+=,.@-]+$/.test(name);

/** Says that something was created, with the way to it. */
export const tellCreated = (name: string, href: string, more = ''): void =>
  tellSuccess(
    <>
      Created{' '}
      <Link color="inverted" href={href}>
        {name}
      </Link>
      .{more}
    </>,
  );
