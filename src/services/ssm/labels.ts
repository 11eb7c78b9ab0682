import { ParameterVersionLabelLimitExceeded } from '@aws-sdk/client-ssm';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { parameterNotFound, said, versionNotFound } from './errors.ts';
import { publishChange } from './events.ts';
import { LABELS_MAX } from './limits.ts';
import { checkName, keyOf } from './names.ts';
import { parameters, versions, type Parameter } from './records.ts';

type Ssm = Handlers<typeof import('@aws-sdk/client-ssm')>;

/** Source: User Guide, "Working with parameter labels". */
const isLabel = (text: string) => /^[A-Za-z_.-][A-Za-z0-9_.-]{0,99}$/.test(text) && !/^(aws|ssm)/i.test(text);

async function open(call: Call, tx: Transaction, name: string, version: number | undefined) {
  const key = keyOf(call, checkName(name));
  const parameter = await tx.get(parameters, key);
  if (!parameter) throw parameterNotFound();
  const number = version ?? parameter.latest.version;
  if (!(await tx.get(versions, [...key, number]))) throw versionNotFound(name, number);
  return { key, parameter, number };
}

/** Puts labels on a version, and off the versions that had them. What can be no label is told, and the others are put. */
export const LabelParameterVersion: Ssm['LabelParameterVersion'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const { key, parameter, number } = await open(call, tx, input.Name!, input.ParameterVersion);
    const valid = [...new Set(input.Labels)].filter(isLabel);
    const labels = { ...parameter.labels, ...Object.fromEntries(valid.map((label) => [label, number])) };
    if (Object.values(labels).filter((on) => on === number).length > LABELS_MAX)
      throw new ParameterVersionLabelLimitExceeded(
        said(
          `A parameter version can have maximum ${LABELS_MAX} labels. Move one or more labels to another version and try again.`,
        ),
      );
    if (valid.length > 0) {
      const changed: Parameter = { ...parameter, labels };
      tx.put(parameters, key, changed);
      publishChange(call.kernel, tx, changed, 'LabelParameterVersion');
    }
    return { InvalidLabels: input.Labels!.filter((label) => !isLabel(label)), ParameterVersion: number };
  });

/** Takes labels off a version; those that are not on it are told. */
export const UnlabelParameterVersion: Ssm['UnlabelParameterVersion'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const { key, parameter, number } = await open(call, tx, input.Name!, input.ParameterVersion);
    const asked = [...new Set(input.Labels)];
    const RemovedLabels = asked.filter((label) => parameter.labels[label] === number);
    if (RemovedLabels.length > 0) {
      const gone = new Set(RemovedLabels);
      const labels = Object.fromEntries(Object.entries(parameter.labels).filter(([label]) => !gone.has(label)));
      const changed: Parameter = { ...parameter, labels };
      tx.put(parameters, key, changed);
      publishChange(call.kernel, tx, changed, 'UnlabelParameterVersion');
    }
    return { RemovedLabels, InvalidLabels: asked.filter((label) => !RemovedLabels.includes(label)) };
  });
