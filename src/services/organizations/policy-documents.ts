import type { PolicyType } from '@aws-sdk/client-organizations';
import { PolicyError, readPolicy } from '../../engines/policy/policy.ts';
import { checkOperators, type Json } from './inheritance.ts';

/**
 * Whether a document is one of its type. Source: Organizations User Guide, the syntax page of each type.
 * @returns what is wrong with it, in words; undefined when nothing is
 */
export function checkDocument(type: PolicyType, content: string): string | undefined {
  if (type === 'SERVICE_CONTROL_POLICY') return checkServiceControl(content);
  const document = readJson(content);
  if (document === undefined) return 'The document is not JSON.';
  const wrong = checkOperators(document);
  if (wrong !== undefined) return wrong;
  return checkMembers(type, document as { [name: string]: Json });
}

function readJson(content: string): Json | undefined {
  try {
    return JSON.parse(content) as Json;
  } catch {
    return undefined;
  }
}

/** The language of IAM, whole, without principals. Source: User Guide, "SCP syntax", as of September 2025. */
function checkServiceControl(content: string): string | undefined {
  try {
    readPolicy(content, 'service-control');
    return undefined;
  } catch (error) {
    if (error instanceof PolicyError)
      return error.element === '' ? error.message : `${error.element}: ${error.message}`;
    throw error;
  }
}

/** What stands under a section: any name (`*`), or only those named; `'text'` and `'list'` are settings. */
type Shape = 'text' | 'list' | { [name: string]: Shape };

const COPY_ACTION: Shape = {
  target_backup_vault_arn: 'text',
  lifecycle: {
    move_to_cold_storage_after_days: 'text',
    delete_after_days: 'text',
    opt_in_to_archive_for_supported_resources: 'text',
  },
};

const SHAPES: Partial<Record<PolicyType, { [name: string]: Shape }>> = {
  TAG_POLICY: {
    tags: { '*': { tag_key: 'text', tag_value: 'list', enforced_for: 'list', report_required_tag_for: 'list' } },
  },
  AISERVICES_OPT_OUT_POLICY: { services: { '*': { opt_out_policy: 'text' } } },
  BACKUP_POLICY: {
    plans: {
      '*': {
        regions: 'list',
        rules: {
          '*': {
            schedule_expression: 'text',
            schedule_expression_timezone: 'text',
            start_backup_window_minutes: 'text',
            complete_backup_window_minutes: 'text',
            enable_continuous_backup: 'text',
            target_backup_vault_name: 'text',
            target_logically_air_gapped_backup_vault_arn: 'text',
            lifecycle: {
              move_to_cold_storage_after_days: 'text',
              delete_after_days: 'text',
              opt_in_to_archive_for_supported_resources: 'text',
            },
            copy_actions: { '*': COPY_ACTION },
            index_actions: { resource_types: 'list' },
            scan_actions: { '*': { scan_mode: 'text' } },
            recovery_point_tags: { '*': { tag_key: 'text', tag_value: 'text' } },
          },
        },
        selections: {
          tags: {
            '*': {
              iam_role_arn: 'text',
              tag_key: 'text',
              tag_value: 'list',
              conditions: { '*': { '*': { condition_key: 'text', condition_value: 'text' } } },
            },
          },
          resources: {
            '*': {
              iam_role_arn: 'text',
              resource_types: 'list',
              not_resource_types: 'list',
              conditions: { '*': { '*': { condition_key: 'text', condition_value: 'text' } } },
            },
          },
        },
        advanced_backup_settings: { ec2: { windows_vss: 'text' } },
        backup_plan_tags: { '*': { tag_key: 'text', tag_value: 'text' } },
        scan_settings: { '*': { malware_scanner: 'text', resource_types: 'list', scanner_role_arn: 'text' } },
      },
    },
  },
};

function checkMembers(type: PolicyType, document: { [name: string]: Json }): string | undefined {
  const shape = SHAPES[type]!;
  const [top] = Object.keys(shape);
  if (document[top!] === undefined) return `The document has no ${top}.`;
  const wrong = checkShape(document, shape, '');
  if (wrong !== undefined) return wrong;
  if (type === 'AISERVICES_OPT_OUT_POLICY') return checkOptOut(document);
  return type === 'TAG_POLICY' ? checkTagKeys(document) : undefined;
}

function checkShape(value: Json, shape: Shape, at: string): string | undefined {
  const members = value as { [name: string]: Json };
  const names = Object.keys(members).filter((name) => !name.startsWith('@@'));
  const setter = Object.keys(members).find((name) => ['@@assign', '@@append', '@@remove'].includes(name));
  if (shape === 'text' || shape === 'list') {
    if (names.length > 0) return `${at}.${names[0]} is not known.`;
    if (setter === undefined) return `${at} has no value.`;
    return (shape === 'list') === Array.isArray(members[setter])
      ? undefined
      : `The value of ${at} must be ${shape === 'list' ? 'a list' : 'a string'}.`;
  }
  if (setter !== undefined) return `${at} is a section and has the operator ${setter}.`;
  for (const name of names) {
    const inner = shape[name] ?? shape['*'];
    const here = at === '' ? name : `${at}.${name}`;
    if (inner === undefined) return `${here} is not known.`;
    const wrong = checkShape(members[name]!, inner, here);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

type Sections = { [name: string]: { [name: string]: { [name: string]: string } } };

function checkOptOut(document: { [name: string]: Json }): string | undefined {
  for (const [service, section] of Object.entries(document['services'] as Sections)) {
    const value = service.startsWith('@@') ? undefined : section['opt_out_policy']?.['@@assign'];
    if (value !== undefined && value !== 'optIn' && value !== 'optOut')
      return `The value of services.${service}.opt_out_policy must be optIn or optOut.`;
  }
  return undefined;
}

/** A tag key is its policy key, but for the case. */
function checkTagKeys(document: { [name: string]: Json }): string | undefined {
  for (const [key, section] of Object.entries(document['tags'] as Sections)) {
    const value = key.startsWith('@@') ? undefined : section['tag_key']?.['@@assign'];
    if (value !== undefined && value.toLowerCase() !== key.toLowerCase())
      return `The value of tags.${key}.tag_key must be ${key}, whatever its case.`;
  }
  return undefined;
}
