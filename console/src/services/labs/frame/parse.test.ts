import { describe, expect, it } from 'vitest';
import { filledLab, parseLab } from './parse.ts';

const FRONT = `---
title: A lab
summary: Of something
domain: 5
objectives: [5.1 Something]
minutes: 10
services: [AWS IAM]
---
`;
const fence = (kind: string, body: string) => `\`\`\`${kind}\n${body}\n\`\`\``;
const SOLUTION = fence('solution', 'Do it.');

describe('parseLab', () => {
  it('reads front matter, steps with their blocks in order, hints, solution, and what follows', () => {
    const lab = parseLab(
      'some',
      `${FRONT}\nWelcome.\n\n## Step one: First\n\nBefore.\n\n${fence('input', 'id: a\nlabel: A\ntype: number')}\n\nAfter.\n\n${fence('hint', 'Look.')}\n${fence('hint', 'Look again.')}\n${SOLUTION}\n\n## Step two: Second\n\n${SOLUTION}\n\n## What to remember\n\nAll.\n`,
    );
    expect(lab).toMatchObject({ id: 'some', title: 'A lab', domain: 5, minutes: 10, intro: 'Welcome.' });
    expect(lab.steps.map(({ id, title }) => [id, title])).toEqual([
      ['one', 'First'],
      ['two', 'Second'],
    ]);
    expect(lab.steps[0]!.blocks).toEqual([
      { type: 'prose', text: 'Before.' },
      { type: 'widget', widget: { kind: 'input', id: 'a', label: 'A', type: 'number' } },
      { type: 'prose', text: 'After.' },
    ]);
    expect(lab.steps[0]).toMatchObject({ hints: ['Look.', 'Look again.'], solution: 'Do it.' });
    expect(lab.outro).toBe('## What to remember\n\nAll.');
  });

  it('leaves code in prose and in solutions alone', () => {
    const code = fence('json', '{}');
    const lab = parseLab('some', `${FRONT}## Step one: First\n\n${code}\n\n\`\`\`\`solution\n${code}\n\`\`\`\`\n`);
    expect(lab.steps[0]).toMatchObject({ blocks: [{ type: 'prose', text: code }], solution: code });
  });

  it.each([
    ['no front matter', '## Step a: A\n', 'there is no front matter'],
    ['no step', `${FRONT}Text.\n`, 'there is no "## Step <id>: <title>"'],
    ['no solution', `${FRONT}## Step a: A\nText.\n`, 'step a has no solution'],
    ['one id twice', `${FRONT}## Step a: A\n${SOLUTION}\n## Step a: B\n${SOLUTION}\n`, 'two steps have one id'],
    [
      'half a widget',
      `${FRONT}## Step a: A\n${fence('call', 'id: x')}\n${SOLUTION}\n`,
      'step a: a call has no operation',
    ],
    ['half a front matter', `---\ntitle: A\n---\n## Step a: A\n${SOLUTION}\n`, 'the front matter has no summary'],
  ])('says what is wrong: %s', (_what, text, fault) => {
    expect(() => parseLab('some', text)).toThrow(`some/lab.md: ${fault}`);
  });

  it('fills in account and region', () => {
    const lab = parseLab(
      'some',
      `${FRONT}In $REGION.\n\n## Step a: A\n\n${fence('call', 'id: x\noperation: GetRole\ninput:\n  RoleName: "$ACCOUNT"')}\n${SOLUTION}\n`,
    );
    const filled = filledLab(lab, { account: '123456789012', region: 'eu-west-1' });
    expect(filled.intro).toBe('In eu-west-1.');
    expect(filled.steps[0]!.blocks[0]).toMatchObject({ widget: { input: { RoleName: '123456789012' } } });
  });
});
