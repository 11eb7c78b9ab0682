import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Icon from '@cloudscape-design/components/icon';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useEffect, useRef, type ReactNode } from 'react';
import type { Question } from './api.ts';
import { optionsOf, placeName, type Field, type Value } from './fields.ts';

const TEXT_LENGTH_MAX = 5_000;

/** One field. The current one is where keys go. */
export function QuestionField(props: {
  question: Question;
  field: Field;
  responses: number;
  value: Value;
  isCurrent: boolean;
  isMissing: boolean;
  onCurrent: () => void;
  onAnswer: (value: Value) => void;
}) {
  const { question, field, value, isCurrent } = props;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isCurrent) element.current?.scrollIntoView({ block: 'nearest' });
  }, [isCurrent]);
  const options = optionsOf(question, props.responses);
  const label = field.place === undefined ? question.name : `${question.name}: ${placeName(field.place)}`;
  return (
    <div
      ref={element}
      className={`review-field${isCurrent ? ' review-field-current' : ''}`}
      {...(isCurrent ? { 'aria-current': 'step' as const } : {})}
      onFocusCapture={props.onCurrent}
    >
      {field.place !== undefined && <Box variant="awsui-key-label">{placeName(field.place)}</Box>}
      <FormField
        stretch
        errorText={props.isMissing ? 'Choose an answer.' : ''}
        {...(question.method === 'text'
          ? { constraintText: `${String(value ?? '').length} of ${TEXT_LENGTH_MAX} characters; may be empty.` }
          : {})}
      >
        {question.method === 'text' ? (
          <Textarea
            ariaLabel={label}
            value={String(value ?? '')}
            rows={4}
            onChange={({ detail }) => props.onAnswer(detail.value.slice(0, TEXT_LENGTH_MAX))}
          />
        ) : (
          <RadioGroup
            ariaLabel={label}
            direction={question.method === 'comparison-likert' ? 'vertical' : 'horizontal'}
            value={value === null ? null : String(value)}
            items={options.map((option) => ({
              value: String(option.value),
              label:
                question.method === 'thumbs' ? (
                  <>
                    <Icon name={option.value ? 'thumbs-up' : 'thumbs-down'} /> {option.label}
                  </>
                ) : (
                  option.label
                ),
            }))}
            onChange={({ detail }) =>
              props.onAnswer(options.find((option) => String(option.value) === detail.value)!.value)
            }
          />
        )}
      </FormField>
    </div>
  );
}

/** A question with its fields, one after another. */
export function QuestionFields({ question, children }: { question: Question; children: ReactNode }) {
  return (
    <fieldset className="review-question">
      <legend>
        <Box variant="h3" tagOverride="span">
          {question.name}
        </Box>
      </legend>
      <SpaceBetween size="xs">
        {question.description !== undefined && <Box color="text-body-secondary">{question.description}</Box>}
        {children}
      </SpaceBetween>
    </fieldset>
  );
}
