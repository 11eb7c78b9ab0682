import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { linesOf, type WordGroup } from '../model.ts';
import { BLOCKING, Entry, FilterField, WayFields } from './fields.tsx';
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
        <FilterField
          name="Profanity"
          description="A managed list of swear words."
          on={profanity.on}
          onChange={(on) => change({ profanity: { ...profanity, on } })}
        >
          <WayFields
            of="profanity"
            value={profanity}
            options={BLOCKING}
            onChange={(part) => change({ profanity: { ...profanity, ...part } })}
          />
        </FilterField>
        {words.map((group, index) => {
          const of = words.length === 1 ? 'custom words' : `custom words, list ${index + 1}`;
          return (
            // A list of words has no name: its place is what it is known by.
            <Entry
              key={index}
              title={`Words ${index + 1}`}
              of={of}
              remove={() => change({ words: words.filter((_group, at) => at !== index) })}
            >
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
              <WayFields of={of} value={group} options={BLOCKING} onChange={(part) => set(index, part)} />
            </Entry>
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
