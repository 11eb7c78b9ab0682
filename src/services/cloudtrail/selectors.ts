import type { AdvancedEventSelector, AdvancedFieldSelector, EventSelector } from '@aws-sdk/client-cloudtrail';
import type { TrailRecord } from '../../kernel/trail/record.ts';
import { fault } from './errors.ts';
import { ADVANCED_VALUES_MAX, DATA_RESOURCES_MAX, EVENT_SELECTORS_MAX } from './limits.ts';

/** Which events are wanted. Source: CloudTrail API Reference, EventSelector, AdvancedEventSelector, AdvancedFieldSelector. */
const wrong = (message: string) => fault('InvalidEventSelectorsException', message);

/** What a trail logs that was told nothing else. */
export const DEFAULT_EVENT_SELECTORS: EventSelector[] = [
  { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
];
export const MANAGEMENT_SELECTORS: AdvancedEventSelector[] = [
  { Name: 'Default management events', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
];

/** Types of data resources that event selectors know; advanced ones know many more. */
const DATA_RESOURCE_TYPES: Readonly<Record<string, string>> = {
  'AWS::S3::Object': 's3',
  'AWS::Lambda::Function': 'lambda',
  'AWS::DynamoDB::Table': 'dynamodb',
};
/** Sources whose management events may be left out. */
const EXCLUDABLE = new Set(['kms.amazonaws.com', 'rdsdata.amazonaws.com']);

/** Event selectors with their defaults. */
export function readEventSelectors(selectors: EventSelector[]): EventSelector[] {
  if (selectors.length === 0 || selectors.length > EVENT_SELECTORS_MAX)
    throw wrong(`A trail can have 1 to ${EVENT_SELECTORS_MAX} event selectors.`);
  const resources = selectors.flatMap(({ DataResources = [] }) => DataResources);
  const values = resources.reduce((count, { Values = [] }) => count + Values.length, 0);
  if (values > DATA_RESOURCES_MAX)
    throw wrong(
      `The total number of data resources cannot exceed ${DATA_RESOURCES_MAX} across all event selectors in a trail.`,
    );
  for (const { Type, Values = [] } of resources) {
    const service = DATA_RESOURCE_TYPES[Type ?? ''];
    if (service === undefined)
      throw wrong(`The data resource type ${Type} is not valid. Use ${Object.keys(DATA_RESOURCE_TYPES).join(', ')}.`);
    for (const value of Values) {
      if (!new RegExp(`^arn:aws[\\w-]*:${service}(:|$)`).test(value))
        throw wrong(`Value ${value} for DataResources.Values is invalid: it is not an ARN of ${Type}.`);
    }
  }
  for (const { ExcludeManagementEventSources = [], IncludeManagementEvents = true } of selectors) {
    const unknown = ExcludeManagementEventSources.find((source) => !EXCLUDABLE.has(source));
    if (unknown !== undefined)
      throw wrong(`The management event source ${unknown} cannot be excluded. Use ${[...EXCLUDABLE].join(', ')}.`);
    if (ExcludeManagementEventSources.length > 0 && !IncludeManagementEvents)
      throw wrong('ExcludeManagementEventSources can only be used when IncludeManagementEvents is true.');
  }
  return selectors.map((selector) => ({
    ReadWriteType: selector.ReadWriteType ?? 'All',
    IncludeManagementEvents: selector.IncludeManagementEvents ?? true,
    DataResources: selector.DataResources ?? [],
    ExcludeManagementEventSources: selector.ExcludeManagementEventSources ?? [],
  }));
}

const OPERATORS = ['Equals', 'StartsWith', 'EndsWith', 'NotEquals', 'NotStartsWith', 'NotEndsWith'] as const;
type Operator = (typeof OPERATORS)[number];

const ALL = new Set<Operator>(OPERATORS);
const EQUALS = new Set<Operator>(['Equals']);
/** Fields, and the operators each may have. */
const FIELDS: Readonly<Record<string, ReadonlySet<Operator>>> = {
  eventCategory: EQUALS,
  readOnly: EQUALS,
  'resources.type': EQUALS,
  'resources.ARN': ALL,
  eventSource: ALL,
  eventName: ALL,
  eventType: ALL,
  errorCode: ALL,
  sessionCredentialFromConsole: new Set(['Equals', 'NotEquals']),
  'userIdentity.arn': ALL,
  vpcEndpointId: ALL,
};
/** Fields that a selector of a category may have beside `eventCategory`. */
const OF_CATEGORY: Readonly<Record<string, readonly string[]>> = {
  Management: [
    'eventSource',
    'eventName',
    'eventType',
    'readOnly',
    'sessionCredentialFromConsole',
    'userIdentity.arn',
    'errorCode',
  ],
  Data: [
    'eventSource',
    'eventName',
    'eventType',
    'readOnly',
    'resources.type',
    'resources.ARN',
    'sessionCredentialFromConsole',
    'userIdentity.arn',
    'errorCode',
  ],
  NetworkActivity: ['eventSource', 'eventName', 'errorCode', 'vpcEndpointId'],
  Insight: [],
};

/** @param categories event categories that may be asked for here */
export function readAdvancedSelectors(
  selectors: AdvancedEventSelector[],
  categories: readonly string[],
): AdvancedEventSelector[] {
  if (selectors.length === 0) throw wrong('At least one advanced event selector is needed.');
  let values = 0;
  for (const { FieldSelectors = [] } of selectors) {
    const names = new Set<string>();
    for (const field of FieldSelectors) values += checkField(field, names);
    const category = categoryOf(FieldSelectors);
    if (category === undefined) throw wrong('The eventCategory field is required, with one value of Equals.');
    if (!categories.includes(category))
      throw wrong(`The event category ${category} is not valid here. Use ${categories.join(', ')}.`);
    const stray = [...names].find((name) => name !== 'eventCategory' && !OF_CATEGORY[category]!.includes(name));
    if (stray !== undefined) throw wrong(`The field ${stray} cannot be used with the event category ${category}.`);
    if (category === 'Data' && !names.has('resources.type'))
      throw wrong('The resources.type field is required for the event category Data, with one value of Equals.');
    if (category === 'NetworkActivity' && !names.has('eventSource'))
      throw wrong('The eventSource field is required for the event category NetworkActivity.');
  }
  if (values > ADVANCED_VALUES_MAX)
    throw wrong(`The number of values for advanced event selectors exceeds ${ADVANCED_VALUES_MAX}.`);
  return selectors;
}

/** Returns how many values the field has. */
function checkField(field: AdvancedFieldSelector, names: Set<string>): number {
  const name = field.Field ?? '';
  const allowed = FIELDS[name];
  if (!allowed) throw wrong(`The field ${name} is not valid. Use ${Object.keys(FIELDS).join(', ')}.`);
  if (names.has(name)) throw wrong(`The field ${name} can be used only once in a selector.`);
  names.add(name);
  const used = OPERATORS.filter((operator) => field[operator] !== undefined);
  if (used.length === 0) throw wrong(`The field ${name} needs an operator.`);
  const stray = used.find((operator) => !allowed.has(operator));
  if (stray !== undefined) throw wrong(`The operator ${stray} cannot be used with the field ${name}.`);
  if (name === 'readOnly' && field.Equals!.some((value) => value !== 'true' && value !== 'false'))
    throw wrong('The readOnly field takes true or false.');
  if ((name === 'resources.type' || name === 'readOnly' || name === 'eventCategory') && field.Equals!.length !== 1)
    throw wrong(`The field ${name} takes one value of Equals.`);
  return used.reduce((count, operator) => count + field[operator]!.length, 0);
}

const categoryOf = (fields: AdvancedFieldSelector[]): string | undefined =>
  fields.find(({ Field }) => Field === 'eventCategory')?.Equals?.[0];

/** Whether event selectors want a record. */
export function selects(selectors: EventSelector[], record: TrailRecord): boolean {
  return selectors.some((selector) => {
    const { ReadWriteType = 'All', IncludeManagementEvents = true } = selector;
    if (ReadWriteType !== 'All' && (ReadWriteType === 'ReadOnly') !== record.readOnly) return false;
    if (record.eventCategory === 'Management')
      return IncludeManagementEvents && !selector.ExcludeManagementEventSources?.includes(record.eventSource);
    return (selector.DataResources ?? []).some(({ Type, Values = [] }) =>
      (record.resources ?? []).some(
        ({ type, ARN }) =>
          type === Type && Values.some((value) => (value.split(':').length < 6 ? true : ARN.startsWith(value))),
      ),
    );
  });
}

/** Whether advanced event selectors want a record. */
export function selectsAdvanced(selectors: AdvancedEventSelector[], record: TrailRecord): boolean {
  return selectors.some(({ FieldSelectors = [] }) => {
    const onResource = FieldSelectors.filter(({ Field }) => Field?.startsWith('resources.'));
    const others = FieldSelectors.filter(({ Field }) => !Field?.startsWith('resources.'));
    if (!others.every((field) => holds(field, valueOf(record, field.Field!)))) return false;
    // Type and ARN are those of one and the same resource.
    return (
      onResource.length === 0 ||
      (record.resources ?? []).some((resource) =>
        onResource.every((field) => holds(field, field.Field === 'resources.type' ? resource.type : resource.ARN)),
      )
    );
  });
}

function valueOf(record: TrailRecord, field: string): string | undefined {
  if (field === 'readOnly') return String(record.readOnly);
  if (field === 'userIdentity.arn') {
    const { sessionContext, arn } = (record.userIdentity ?? {}) as {
      arn?: string;
      sessionContext?: { sessionIssuer?: { arn?: string } };
    };
    // Source: AdvancedFieldSelector: of a role's session it is the role's ARN.
    return sessionContext?.sessionIssuer?.arn ?? arn;
  }
  const value = (record as unknown as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : undefined;
}

/** One of what it is to be, where that is said, and none of what it is not to be. */
function holds(field: AdvancedFieldSelector, value: string | undefined): boolean {
  const text = value ?? '';
  const { Equals, StartsWith, EndsWith, NotEquals = [], NotStartsWith = [], NotEndsWith = [] } = field;
  if (NotEquals.includes(text)) return false;
  if (NotStartsWith.some((start) => text.startsWith(start))) return false;
  if (NotEndsWith.some((end) => text.endsWith(end))) return false;
  if (!Equals && !StartsWith && !EndsWith) return true;
  return (
    value !== undefined &&
    (Equals?.includes(value) === true ||
      StartsWith?.some((start) => value.startsWith(start)) === true ||
      EndsWith?.some((end) => value.endsWith(end)) === true)
  );
}

/** Categories that selectors ask for. */
export const categoriesOf = (selectors: AdvancedEventSelector[]): Set<string> =>
  new Set(selectors.map(({ FieldSelectors = [] }) => categoryOf(FieldSelectors) ?? ''));
