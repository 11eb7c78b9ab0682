import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { parameterNotFound } from './errors.ts';
import { checkName, keyOf } from './names.ts';
import { disarmPolicies } from './policies.ts';
import { parameters } from './records.ts';
import { removeParameter } from './removal.ts';

type Ssm = Handlers<typeof import('@aws-sdk/client-ssm')>;

/** @returns whether there was one */
const remove = (call: Call, name: string): Promise<boolean> =>
  call.kernel.store.transact(async (tx) => {
    const parameter = await tx.get(parameters, keyOf(call, checkName(name)));
    if (!parameter) return false;
    await disarmPolicies(call.kernel, tx, parameter);
    await removeParameter(call.kernel, tx, parameter);
    return true;
  });

export const DeleteParameter: Ssm['DeleteParameter'] = async (call, input) => {
  if (!(await remove(call, input.Name!))) throw parameterNotFound();
  return {};
};

/** Deletes several parameters; what there is none of is told. */
export const DeleteParameters: Ssm['DeleteParameters'] = async (call, input) => {
  const DeletedParameters: string[] = [];
  const InvalidParameters: string[] = [];
  for (const name of new Set(input.Names))
    ((await remove(call, name)) ? DeletedParameters : InvalidParameters).push(name);
  return { DeletedParameters, InvalidParameters };
};
