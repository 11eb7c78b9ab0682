import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import {
  CONTENT_LABELS,
  CONTENT_TYPES,
  STRENGTH_LABELS,
  STRENGTHS,
  TIER_LABELS,
  type ContentType,
  type GuardrailForm,
} from '../model.ts';
import { BLOCKING, Choice, FilterField, WayField } from './fields.tsx';
import { sectionOf, type SectionProps } from './section.ts';

const DESCRIPTIONS: Record<ContentType, string> = {
  HATE: 'Contempt for people because of what they are: origin, religion, sex, disability.',
  INSULTS: 'Demeaning, mocking and bullying.',
  SEXUAL: 'Sexual interest and acts.',
  VIOLENCE: 'Glorifying or threatening harm to people.',
  MISCONDUCT: 'Asking for or giving help with crime, fraud and abuse.',
  PROMPT_ATTACK: 'Jailbreaks, injections and attempts to read the prompt, in what goes to the model.',
};

function Content({ form, change }: SectionProps) {
  const set = (type: ContentType, part: Partial<GuardrailForm['content'][ContentType]>) =>
    change({ content: { ...form.content, [type]: { ...form.content[type], ...part } } });
  const any = CONTENT_TYPES.some((type) => form.content[type].on);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Harm in what users say and in what models answer. A filter at strength High stops what is found with low confidence or more, Medium with medium or more, Low with high confidence only."
        >
          Content filters
        </Header>
      }
    >
      <SpaceBetween size="l">
        {CONTENT_TYPES.map((type) => {
          const filter = form.content[type];
          const name = CONTENT_LABELS[type];
          return (
            <FilterField
              key={type}
              name={name}
              description={DESCRIPTIONS[type]}
              on={filter.on}
              onChange={(on) => set(type, { on })}
            >
              <ColumnLayout columns={4} minColumnWidth={140}>
                <FormField label="Input strength">
                  <Choice
                    label={`of ${name}`}
                    value={filter.inputStrength}
                    options={STRENGTHS}
                    labels={STRENGTH_LABELS}
                    onChange={(inputStrength) => set(type, { inputStrength })}
                  />
                </FormField>
                <WayField
                  label="Input action"
                  of={name}
                  value={filter.input}
                  options={BLOCKING}
                  onChange={(input) => set(type, { input })}
                />
                {type !== 'PROMPT_ATTACK' && (
                  <FormField label="Output strength">
                    <Choice
                      label={`of ${name}`}
                      value={filter.outputStrength}
                      options={STRENGTHS}
                      labels={STRENGTH_LABELS}
                      onChange={(outputStrength) => set(type, { outputStrength })}
                    />
                  </FormField>
                )}
                {type !== 'PROMPT_ATTACK' && (
                  <WayField
                    label="Output action"
                    of={name}
                    value={filter.output}
                    options={BLOCKING}
                    onChange={(output) => set(type, { output })}
                  />
                )}
              </ColumnLayout>
            </FilterField>
          );
        })}
        {any && (
          <FormField label="Tier of content filters" description="Standard needs a guardrail profile, below.">
            <Choice
              value={form.contentTier}
              options={['CLASSIC', 'STANDARD']}
              labels={TIER_LABELS}
              onChange={(contentTier) => change({ contentTier })}
            />
          </FormField>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** Content filters and prompt attacks. */
export const ContentSection = sectionOf(Content, ['content', 'contentTier']);
