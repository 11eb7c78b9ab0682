import { ServiceSettingNotFound } from '@aws-sdk/client-ssm';
import type { Call } from '../../kernel/call.ts';
import { arn, parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { invalid, said } from './errors.ts';
import { settings } from './records.ts';

type Ssm = Handlers<typeof import('@aws-sdk/client-ssm')>;

const DEFAULT_TIER = '/ssm/parameter-store/default-parameter-tier';
/** Values that a setting may have, the first its default. Source: API Reference, UpdateServiceSetting. */
const SETTINGS: Record<string, readonly string[]> = {
  [DEFAULT_TIER]: ['Standard', 'Advanced', 'Intelligent-Tiering'],
};

export const settingArn = ({ partition, region, account }: Call, id: string) =>
  arn({ partition, service: 'ssm', region, account, resource: `servicesetting${id}` });

/** The id of a setting, by itself or by its ARN. */
export function settingId(given: string): string {
  const parsed = given.startsWith('arn:') ? parseArn(given) : undefined;
  return parsed ? parsed.resource.replace(/^servicesetting/, '') : given;
}

/** Throws ServiceSettingNotFound. */
function valuesOf(id: string): readonly string[] {
  const values = Object.hasOwn(SETTINGS, id) ? SETTINGS[id] : undefined;
  if (!values)
    throw new ServiceSettingNotFound(
      said(`The service setting ${id} is not in Outcrop; there is ${Object.keys(SETTINGS).join(', ')}.`),
    );
  return values;
}

const keyOf = ({ account, region }: Call, id: string) => [account, region, id];

async function describe(call: Call, id: string) {
  const [byDefault] = valuesOf(id);
  const set = await call.kernel.store.get(settings, keyOf(call, id));
  return {
    ServiceSetting: {
      SettingId: id,
      SettingValue: set?.value ?? byDefault!,
      ...(set ? { LastModifiedDate: new Date(set.modifiedAtMs), LastModifiedUser: set.modifiedBy } : {}),
      ARN: settingArn(call, id),
      Status: set ? 'Customized' : 'Default',
    },
  };
}

/** The tier of parameters that are put without one. */
export async function defaultTier(call: Call, reader: Reader): Promise<string> {
  return (await reader.get(settings, keyOf(call, DEFAULT_TIER)))?.value ?? SETTINGS[DEFAULT_TIER]![0]!;
}

export const GetServiceSetting: Ssm['GetServiceSetting'] = (call, input) => describe(call, settingId(input.SettingId!));

export const UpdateServiceSetting: Ssm['UpdateServiceSetting'] = async (call, input) => {
  const id = settingId(input.SettingId!);
  const value = input.SettingValue!;
  const values = valuesOf(id);
  if (!values.includes(value))
    throw invalid(`The value ${value} of the setting ${id} is not one of ${values.join(', ')}.`);
  const { store, clock } = call.kernel;
  await store.transact((tx) =>
    tx.put(settings, keyOf(call, id), { value, modifiedAtMs: clock.now(), modifiedBy: call.principal.arn }),
  );
  return {};
};

export const ResetServiceSetting: Ssm['ResetServiceSetting'] = async (call, input) => {
  const id = settingId(input.SettingId!);
  valuesOf(id);
  await call.kernel.store.transact((tx) => tx.delete(settings, keyOf(call, id)));
  return describe(call, id);
};
