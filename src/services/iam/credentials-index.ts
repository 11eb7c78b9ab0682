import type { Call } from '../../kernel/call.ts';
import { mfaDevices } from '../../kernel/principals/mfa.ts';
import { oidcProviders, samlProviders } from '../../kernel/principals/federation.ts';
import { nameKey, type User } from '../../kernel/principals/records.ts';
import type { Access, Resource } from '../../kernel/service.ts';
import type { Collection, Reader, Transaction } from '../../kernel/store/store.ts';
import {
  CreateAccessKey,
  DeleteAccessKey,
  GetAccessKeyLastUsed,
  hasAccessKeys,
  keysOf,
  ListAccessKeys,
  moveAccessKeys,
  rootOwner,
  UpdateAccessKey,
} from './access-keys.ts';
