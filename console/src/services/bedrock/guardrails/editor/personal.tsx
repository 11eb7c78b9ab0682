import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { ENTITY_KINDS, entityLabel, WAY_LABELS, type Entity, type Regex } from '../model.ts';
import { Choice, Entry, MASKING, WayFields } from './fields.tsx';
import { sectionOf, type SectionProps } from './section.ts';

const OPTIONS = Object.entries(ENTITY_KINDS).map(([label, types]) => ({
  label,
  options: types.map((value) => ({ value, label: entityLabel(value), description: value })),
}));
const ALL = OPTIONS.flatMap(({ options }) => options);

function Personal({ form, change }: SectionProps) {
  const { entities, regexes } = form;
  const setRegex = (index: number, part: Partial<Regex>) =>
    change({ regexes: regexes.map((regex, at) => (at === index ? { ...regex, ...part } : regex)) });
  return (
    <Container
      header={
        <Header variant="h2" description="Personal data of 31 types, and what regexes match: blocked, masked, or told.">
          Sensitive information filters
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FormField label="PII types" stretch>
          <Multiselect
            selectedOptions={ALL.filter(({ value }) => entities.some(({ type }) => type === value))}
            options={OPTIONS}
            filteringType="auto"
            placeholder="Choose types"
            hideTokens
            enableSelectAll
            onChange={({ detail }) =>
              change({
                entities: detail.selectedOptions.map(
                  ({ value }) =>
                    entities.find(({ type }) => type === value) ?? {
                      type: value as Entity['type'],
                      input: 'ANONYMIZE',
                      output: 'ANONYMIZE',
                    },
                ),
              })
            }
          />
        </FormField>
        <Entities form={form} change={change} />
        {regexes.map((regex, index) => (
          // A regex has no name of its own while it is typed: its place is what it is known by.
          <Entry
            key={index}
            title={`Regex ${index + 1}`}
            of={`regex ${index + 1}`}
            remove={() => change({ regexes: regexes.filter((_regex, at) => at !== index) })}
          >
            <ColumnLayout columns={2} minColumnWidth={200}>
              <FormField label="Regex name">
                <Input
                  value={regex.name}
                  ariaLabel={`Name of regex ${index + 1}`}
                  placeholder="order-number"
                  onChange={({ detail }) => setRegex(index, { name: detail.value })}
                />
              </FormField>
              <FormField label="Regex description">
                <Input
                  value={regex.description}
                  ariaLabel={`Description of regex ${index + 1}`}
                  onChange={({ detail }) => setRegex(index, { description: detail.value })}
                />
              </FormField>
            </ColumnLayout>
            <FormField label="Pattern" constraintText="RE2 syntax: no look-around, no back references." stretch>
              <Input
                value={regex.pattern}
                ariaLabel={`Pattern of regex ${index + 1}`}
                placeholder="\bORD-[0-9]{6}\b"
                spellcheck={false}
                onChange={({ detail }) => setRegex(index, { pattern: detail.value })}
              />
            </FormField>
            <WayFields
              of={`regex ${index + 1}`}
              value={regex}
              options={MASKING}
              onChange={(part) => setRegex(index, part)}
            />
          </Entry>
        ))}
        <Button
          formAction="none"
          onClick={() =>
            change({
              regexes: [
                ...regexes,
                { name: '', description: '', pattern: '', input: 'ANONYMIZE', output: 'ANONYMIZE' },
              ],
            })
          }
        >
          Add regex
        </Button>
      </SpaceBetween>
    </Container>
  );
}

function EntityTable({ form, change }: SectionProps) {
  const { entities } = form;
  const setEntity = (type: string, part: Partial<Entity>) =>
    change({ entities: entities.map((entity) => (entity.type === type ? { ...entity, ...part } : entity)) });
  if (entities.length === 0) return null;
  return (
    <Table<Entity>
      variant="embedded"
      items={entities}
      trackBy="type"
      ariaLabels={{ tableLabel: 'PII types and their actions' }}
      columnDefinitions={[
        {
          id: 'type',
          header: 'PII type',
          cell: ({ type }) => entityLabel(type),
          isRowHeader: true,
          minWidth: 140,
        },
        {
          id: 'input',
          header: 'Input action',
          minWidth: 150,
          cell: ({ type, input }) => (
            <Choice
              label={`Input action of ${entityLabel(type)}`}
              value={input}
              options={MASKING}
              labels={WAY_LABELS}
              onChange={(way) => setEntity(type, { input: way })}
            />
          ),
        },
        {
          id: 'output',
          header: 'Output action',
          minWidth: 150,
          cell: ({ type, output }) => (
            <Choice
              label={`Output action of ${entityLabel(type)}`}
              value={output}
              options={MASKING}
              labels={WAY_LABELS}
              onChange={(way) => setEntity(type, { output: way })}
            />
          ),
        },
        {
          id: 'remove',
          header: 'Remove',
          minWidth: 80,
          cell: ({ type }) => (
            <Button
              formAction="none"
              variant="icon"
              iconName="remove"
              ariaLabel={`Remove ${entityLabel(type)}`}
              onClick={() => change({ entities: entities.filter((entity) => entity.type !== type) })}
            />
          ),
        },
      ]}
    />
  );
}

const Entities = sectionOf(EntityTable, ['entities']);

/** Personal data by type, and patterns. */
export const PersonalSection = sectionOf(Personal, ['entities', 'regexes']);
