import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { GROUNDING_TYPES, type GroundingType, type GuardrailForm } from '../model.ts';
import { BLOCKING, FilterField, WayField } from './fields.tsx';
import { sectionOf, type SectionProps } from './section.ts';

const NAMES: Record<GroundingType, string> = { GROUNDING: 'Grounding', RELEVANCE: 'Relevance' };
const DESCRIPTIONS: Record<GroundingType, string> = {
  GROUNDING: 'Stops answers that the source does not bear out.',
  RELEVANCE: 'Stops answers that are beside the question.',
};

function Grounding({ form, change }: SectionProps) {
  const set = (type: GroundingType, part: Partial<GuardrailForm['grounding'][GroundingType]>) =>
    change({ grounding: { ...form.grounding, [type]: { ...form.grounding[type], ...part } } });
  return (
    <Container
      header={
        <Header variant="h2" description="Answers held against a source and a query that the call brings along.">
          Contextual grounding
        </Header>
      }
    >
      <SpaceBetween size="l">
        {GROUNDING_TYPES.map((type) => {
          const filter = form.grounding[type];
          const name = NAMES[type];
          return (
            <FilterField
              key={type}
              name={name}
              description={DESCRIPTIONS[type]}
              on={filter.on}
              onChange={(on) => set(type, { on })}
            >
              <ColumnLayout columns={2} minColumnWidth={140}>
                <FormField label={`${name} threshold`} constraintText="0 to 0.99. What scores less is stopped.">
                  <Input
                    type="number"
                    step={0.01}
                    value={filter.threshold}
                    onChange={({ detail }) => set(type, { threshold: detail.value })}
                  />
                </FormField>
                <WayField
                  label="Action"
                  of={name}
                  value={filter.way}
                  options={BLOCKING}
                  onChange={(way) => set(type, { way: way as typeof filter.way })}
                />
              </ColumnLayout>
            </FilterField>
          );
        })}
      </SpaceBetween>
    </Container>
  );
}

function Reasoning({ form, change }: SectionProps) {
  const { reasoning } = form;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Claims of answers, proved against the rules of policies. What is found is told, and stops nothing."
        >
          Automated Reasoning checks
        </Header>
      }
    >
      <SpaceBetween size="m">
        <AttributeEditor
          items={reasoning}
          addButtonText="Add policy"
          removeButtonText="Remove"
          removeButtonAriaLabel={(arn) => `Remove policy ${arn}`}
          empty="No Automated Reasoning policies."
          onAddButtonClick={() => change({ reasoning: [...reasoning, ''] })}
          onRemoveButtonClick={({ detail }) =>
            change({ reasoning: reasoning.filter((_arn, at) => at !== detail.itemIndex) })
          }
          definition={[
            {
              label: 'ARN of a policy version',
              control: (arn, index) => (
                <Input
                  value={arn}
                  ariaLabel={`ARN of policy ${index + 1}`}
                  onChange={({ detail }) =>
                    change({ reasoning: reasoning.map((each, at) => (at === index ? detail.value : each)) })
                  }
                />
              ),
            },
          ]}
        />
        {reasoning.length > 0 && (
          <FormField
            label="Confidence threshold"
            description="How sure the reading of a text as claims has to be. Left empty: the service's own."
          >
            <Input
              type="number"
              step={0.05}
              value={form.reasoningConfidence}
              onChange={({ detail }) => change({ reasoningConfidence: detail.value })}
            />
          </FormField>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** Contextual grounding and relevance. */
export const GroundingSection = sectionOf(Grounding, ['grounding']);

/** Policies of Automated Reasoning, by their ARNs. */
export const ReasoningSection = sectionOf(Reasoning, ['reasoning', 'reasoningConfidence']);
