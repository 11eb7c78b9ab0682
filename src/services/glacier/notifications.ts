import type { Handlers } from '../../kernel/service.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { invalid, missing, notFound } from './errors.ts';
import type { Vault } from './records.ts';
import { changeVault, openVault } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;

const EVENTS = ['ArchiveRetrievalCompleted', 'InventoryRetrievalCompleted'];

/** The ARN of an SNS topic. */
export function readTopic(given: string): string {
  const parsed = parseArn(given);
  if (
    parsed?.service !== 'sns' ||
    !parsed.region ||
    !/^\d{12}$/.test(parsed.account) ||
    !/^[\w-]+(\.fifo)?$/.test(parsed.resource)
  )
    throw invalid(`Invalid SNS topic ARN: ${given}`);
  return given;
}

export const SetVaultNotifications: Glacier['SetVaultNotifications'] = async (call, input) => {
  const { SNSTopic, Events = [] } = input.vaultNotificationConfig ?? {};
  if (SNSTopic === undefined || SNSTopic === '') throw missing('SNSTopic');
  if (Events.length === 0) throw missing('Events');
  const unknown = Events.find((event) => !EVENTS.includes(event));
  if (unknown !== undefined) throw invalid(`Invalid event: ${unknown}. Valid values are ${EVENTS.join(', ')}`);
  const notifications = { topic: readTopic(SNSTopic), events: [...new Set(Events)] };
  await changeVault(call, input, (vault) => ({ ...vault, notifications }));
  return {};
};

export const GetVaultNotifications: Glacier['GetVaultNotifications'] = async (call, input) => {
  const { notifications, arn } = await openVault(call, input);
  if (!notifications) throw notFound(`No notification configuration is set for vault: ${arn}`);
  return { vaultNotificationConfig: { SNSTopic: notifications.topic, Events: notifications.events } };
};

/** Removes the configuration; that there is none is no error. */
export const DeleteVaultNotifications: Glacier['DeleteVaultNotifications'] = async (call, input) => {
  await changeVault(call, input, ({ notifications: _notifications, ...rest }) => rest);
  return {};
};

/**
 * Tells of the end of a job, within its transaction: an event `Glacier Notification` for each topic, the one that the vault names for
 * such ends and the one of the job. Its resources are the topic and the vault, its detail is the message as SNS carries it.
 */
export function notify(
  kernel: Kernel,
  tx: Transaction,
  { account, region, arn, notifications }: Vault,
  event: string,
  topic: string | undefined,
  message: Record<string, unknown>,
): void {
  const topics = new Set(notifications?.events.includes(event) ? [notifications.topic] : []);
  if (topic !== undefined) topics.add(topic);
  for (const one of topics) {
    kernel.events.publish(tx, {
      source: 'aws.glacier',
      detailType: 'Glacier Notification',
      account,
      region,
      resources: [one, arn],
      detail: message,
    });
  }
}
