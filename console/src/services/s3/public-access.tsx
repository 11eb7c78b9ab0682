import Checkbox from '@cloudscape-design/components/checkbox';
import SpaceBetween from '@cloudscape-design/components/space-between';

/** The four blocks of public access. */
export type Blocks = {
  BlockPublicAcls: boolean;
  IgnorePublicAcls: boolean;
  BlockPublicPolicy: boolean;
  RestrictPublicBuckets: boolean;
};

export const ALL_BLOCKED: Blocks = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** In the order and words of AWS's console. */
const BLOCKS: { id: keyof Blocks; label: string; description: string }[] = [
  {
    id: 'BlockPublicAcls',
    label: 'Block public access granted through new ACLs',
    description: 'A list that grants to everybody is refused when it is put.',
  },
  {
    id: 'IgnorePublicAcls',
    label: 'Block public access granted through any ACLs',
    description: 'Grants to everybody in lists that are there have no effect.',
  },
  {
    id: 'BlockPublicPolicy',
    label: 'Block public access granted through new public bucket policies',
    description: 'A policy that lets everybody in is refused when it is put.',
  },
  {
    id: 'RestrictPublicBuckets',
    label: 'Block public and cross-account access through any public bucket policies',
    description: 'Where the policy is public, only this account and AWS services have access.',
  },
];

/** Blocks of public access to choose, all at once or each. */
export function BlocksField({ value, onChange }: { value: Blocks; onChange: (value: Blocks) => void }) {
  const count = Object.values(value).filter(Boolean).length;
  return (
    <SpaceBetween size="s">
      <Checkbox
        checked={count === BLOCKS.length}
        indeterminate={count > 0 && count < BLOCKS.length}
        onChange={({ detail }) =>
          onChange({
            BlockPublicAcls: detail.checked,
            IgnorePublicAcls: detail.checked,
            BlockPublicPolicy: detail.checked,
            RestrictPublicBuckets: detail.checked,
          })
        }
      >
        Block all public access
      </Checkbox>
      {BLOCKS.map(({ id, label, description }) => (
        <Checkbox
          key={id}
          checked={value[id]}
          description={description}
          onChange={({ detail }) => onChange({ ...value, [id]: detail.checked })}
        >
          {label}
        </Checkbox>
      ))}
    </SpaceBetween>
  );
}
