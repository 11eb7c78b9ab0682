import { describe, expect, it } from 'vitest';
import { promptsOf, written } from './prompting.ts';

describe('prompts of a template', () => {
  it('are one, or a chain with lines of dashes between', () => {
    expect(promptsOf('Sum up: {{item}}')).toEqual(['Sum up: {{item}}']);
    expect(promptsOf('A {{item}}\n---\nB {{1}}\n----\nC {{2.x}}')).toEqual(['A {{item}}', 'B {{1}}', 'C {{2.x}}']);
  });

  it('are refused without a place for the text, and where they are none or too many', () => {
    expect(() => promptsOf('  ')).toThrow('There is no prompt yet.');
    expect(() => promptsOf('Sum up')).toThrow('The prompt has no {{item}}');
    expect(() => promptsOf(Array.from({ length: 5 }, () => '{{item}}').join('\n---\n'))).toThrow('at most 4 prompts');
    expect(() => promptsOf(`{{item}}${'x'.repeat(8_001)}`)).toThrow('at most 8000 characters');
  });

  it('take the text, earlier replies, and members of replies that are JSON', () => {
    expect(written('{{item}} {{1}} {{2.price}}', 'T', ['one', '{"price":4}'])).toBe('T one 4');
    expect(written('{{1.price}}|{{3}}|{{other}}', 'T', ['no JSON'])).toBe('||{{other}}');
  });

  it('do not read places in what was filled in', () => {
    expect(written('{{item}}', '{{1}}', ['secret'])).toBe('{{1}}');
  });
});
