import { IAMClient, ListGroupsCommand, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useAllPages } from '../../aws/call.ts';
import { Failure } from '../../ui/failure.tsx';

const MARKED = { input: 'Marker' } as const;

/** Chooses a user, group or role of the account by its ARN. */
export function PrincipalSelect({ value, onChange }: { value: string | undefined; onChange: (arn: string) => void }) {
  const users = useAllPages(IAMClient, ListUsersCommand, {}, { ...MARKED, items: (page) => page.Users });
  const groups = useAllPages(IAMClient, ListGroupsCommand, {}, { ...MARKED, items: (page) => page.Groups });
  const roles = useAllPages(IAMClient, ListRolesCommand, {}, { ...MARKED, items: (page) => page.Roles });
  const error = users.error ?? groups.error ?? roles.error;
  const options = [
    { label: 'Users', options: (users.data ?? []).map(({ Arn, UserName }) => ({ value: Arn!, label: UserName! })) },
    {
      label: 'User groups',
      options: (groups.data ?? []).map(({ Arn, GroupName }) => ({ value: Arn!, label: GroupName! })),
    },
    { label: 'Roles', options: (roles.data ?? []).map(({ Arn, RoleName }) => ({ value: Arn!, label: RoleName! })) },
  ].filter((group) => group.options.length > 0);
  const chosen = options.flatMap((group) => group.options).find((option) => option.value === value);
  return (
    <FormField label="User, user group or role">
      <Select
        selectedOption={chosen ?? (value === undefined ? null : { value, label: value })}
        onChange={({ detail }) => onChange(detail.selectedOption.value!)}
        options={options}
        filteringType="auto"
        filteringAriaLabel="Find a user, group or role"
        placeholder="Choose whose policies are simulated"
        virtualScroll
        statusType={users.isPending || groups.isPending || roles.isPending ? 'loading' : 'finished'}
        loadingText="Loading"
        empty="There is no user, group or role yet."
      />
      {error && <Failure error={error} />}
    </FormField>
  );
}
