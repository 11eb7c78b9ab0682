import {
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListRootsCommand,
  OrganizationsClient,
  type PolicyTypeSummary,
} from '@aws-sdk/client-organizations';
import { useQuery } from '@tanstack/react-query';
import { clientOf, send } from '../../aws/call.ts';
import { useSignedIn } from '../../aws/session.ts';

/** A root, unit or account, with what is under it. */
export type TreeNode = {
  kind: 'root' | 'unit' | 'account';
  id: string;
  name: string;
  arn: string;
  parent?: string;
  email?: string;
  status?: string;
  policyTypes?: PolicyTypeSummary[];
  children: TreeNode[];
};

const PAGE = 20;

/** The whole tree of the organization. */
export function useTree(enabled: boolean) {
  const session = useSignedIn();
  const client = clientOf(session, OrganizationsClient);
  return useQuery({
    queryKey: [session.arn, session.region, 'organization', 'tree'],
    enabled,
    queryFn: async ({ signal }): Promise<TreeNode[]> => {
      const childrenOf = async (ParentId: string): Promise<TreeNode[]> => {
        const found: TreeNode[] = [];
        let NextToken: string | undefined;
        do {
          const page = await send(
            client,
            ListOrganizationalUnitsForParentCommand,
            { ParentId, MaxResults: PAGE, ...(NextToken ? { NextToken } : {}) },
            signal,
          );
          for (const { Id, Name, Arn } of page.OrganizationalUnits ?? [])
            found.push({
              kind: 'unit',
              id: Id!,
              name: Name!,
              arn: Arn!,
              parent: ParentId,
              children: await childrenOf(Id!),
            });
          ({ NextToken } = page);
        } while (NextToken);
        do {
          const page = await send(
            client,
            ListAccountsForParentCommand,
            { ParentId, MaxResults: PAGE, ...(NextToken ? { NextToken } : {}) },
            signal,
          );
          for (const { Id, Name, Arn, Email, Status } of page.Accounts ?? [])
            found.push({
              kind: 'account',
              id: Id!,
              name: Name!,
              arn: Arn!,
              parent: ParentId,
              email: Email!,
              status: Status!,
              children: [],
            });
          ({ NextToken } = page);
        } while (NextToken);
        return found;
      };
      const { Roots = [] } = await send(client, ListRootsCommand, {}, signal);
      return Promise.all(
        Roots.map(async ({ Id, Name, Arn, PolicyTypes }) => ({
          kind: 'root' as const,
          id: Id!,
          name: Name!,
          arn: Arn!,
          policyTypes: PolicyTypes ?? [],
          children: await childrenOf(Id!),
        })),
      );
    },
  });
}

/** All nodes, each after what it is under. */
export const flat = (nodes: readonly TreeNode[]): TreeNode[] => nodes.flatMap((node) => [node, ...flat(node.children)]);
