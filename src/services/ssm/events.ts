import type { Kernel } from '../../kernel/kernel.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import type { Parameter, ParameterPolicy } from './records.ts';

export type Operation = 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion' | 'UnlabelParameterVersion';

const placeOf = ({ account, region, arn }: Parameter) => ({ source: 'aws.ssm', account, region, resources: [arn] });

/** Tells of a change in its transaction. Source: User Guide, "Amazon EventBridge event examples for Systems Manager". */
export function publishChange(kernel: Kernel, tx: Transaction, parameter: Parameter, operation: Operation): void {
  const { type, description } = parameter.latest;
  kernel.events.publish(tx, {
    ...placeOf(parameter),
    detailType: 'Parameter Store Change',
    detail: { operation, name: parameter.name, type, ...(description === undefined ? {} : { description }) },
  });
}

/** Tells that a policy took effect. Source: User Guide, "Configuring EventBridge rules for parameters and parameter policies". */
export function publishPolicy(kernel: Kernel, tx: Transaction, parameter: Parameter, policy: ParameterPolicy): void {
  kernel.events.publish(tx, {
    ...placeOf(parameter),
    detailType: 'Parameter Store Policy Action',
    detail: {
      'parameter-name': parameter.name,
      'parameter-type': parameter.latest.type,
      'policy-type': policy.type,
      'policy-content': policy.text,
      'action-status': 'Success',
    },
  });
}
