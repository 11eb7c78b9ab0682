import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { linesOf, type WordGroup } from '../model.ts';
import { BLOCKING, WayField } from './fields.tsx';
import { sectionOf, type SectionProps } from './section.ts';

function Words({ form, change }: SectionProps) {
  const { words, profanity } = form;
  const set = (index: number, part: Partial<WordGroup>) =>
    change({ words: words.map((group, at) => (at === index ? { ...group, ...part } : group)) });
  return (
    <Container
      header={
        <Header variant="h2" description="Whole words and phrases, in any case.">
          Word filters
        </Header>
      }
    >
      <SpaceBetween size="l">
        <SpaceBetween size="xs">
          <Checkbox
            checked={profanity.on}
            description="A managed list of swear words."
            onChange={({ detail }) => change({ profanity: { ...profanity, on: detail.checked } })}
          >
            Profanity
          </Checkbox>
          {profanity.on && (
            <ColumnLayout columns={2} minColumnWidth={140}>
              <WayField
                label="Input action"
                of="profanity"
                value={profanity.input}
                options={BLOCKING}
                onChange={(input) => change({ profanity: { ...profanity, input } })}
              />
              <WayField
                label="Output action"
                of="profanity"
                value={profanity.output}
                options={BLOCKING}
                onChange={(output) => change({ profanity: { ...profanity, output } })}
              />
            </ColumnLayout>
          )}
        </SpaceBetween>
        {words.map((group, index) => {
          const of = words.length === 1 ? 'custom words' : `custom words, list ${index + 1}`;
          return (
            // A list of words has no name: its place is what it is known by.
            <SpaceBetween key={index} size="s">
              <Header
                variant="h3"
                actions={
                  <Button
                    formAction="none"
                    ariaLabel={`Remove ${of}`}
                    onClick={() => change({ words: words.filter((_group, at) => at !== index) })}
                  >
                    Remove
                  </Button>
                }
              >
                Words {index + 1}
              </Header>
              <FormField
                label={words.length === 1 ? 'Custom words' : `Custom words, list ${index + 1}`}
                description="One word or phrase of up to three words on each line."
                constraintText={`${linesOf(group.words).length.toLocaleString('en')} words and phrases.`}
                stretch
              >
                <Textarea
                  value={group.words}
                  rows={5}
                  spellcheck={false}
                  onChange={({ detail }) => set(index, { words: detail.value })}
                />
              </FormField>
              <ColumnLayout columns={2} minColumnWidth={140}>
                <WayField
                  label="Input action"
                  of={of}
                  value={group.input}
                  options={BLOCKING}
                  onChange={(input) => set(index, { input })}
                />
                <WayField
                  label="Output action"
                  of={of}
                  value={group.output}
                  options={BLOCKING}
                  onChange={(output) => set(index, { output })}
                />
              </ColumnLayout>
            </SpaceBetween>
          );
        })}
        <Button
          formAction="none"
          onClick={() => change({ words: [...words, { words: '', input: 'BLOCK', output: 'BLOCK' }] })}
        >
          {words.length === 0 ? 'Add custom words' : 'Add words with other actions'}
        </Button>
      </SpaceBetween>
    </Container>
  );
}

/** Profanity, and words of one's own. */
export const WordsSection = sectionOf(Words, ['words', 'profanity']);
