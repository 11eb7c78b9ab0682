import { describe, expect, it } from 'vitest';
import { checkOperators, effectivePolicy, type Json } from './inheritance.ts';

const tag = (value: Json, key: Json = { '@@assign': 'CostCenter' }): Json => ({
  tags: { costcenter: { tag_key: key, tag_value: value } },
});
const assigned = { '@@assign': ['Development', 'Support'] };
const result = (values: string[], key = 'CostCenter') => ({
  tags: { costcenter: { tag_key: key, tag_value: values } },
});

// The examples of the User Guide, "Inheritance examples".
describe('The policy in effect', () => {
  it('has what a lower level assigns in place of what is inherited', () => {
    expect(effectivePolicy([[tag(assigned)], [tag({ '@@assign': ['Sandbox'] })], []])).toEqual(result(['Sandbox']));
  });

  it('has what is appended beside what is inherited, each value once', () => {
    const lower = { tags: { costcenter: { tag_value: { '@@append': ['Marketing', 'Support'] } } } };
    expect(effectivePolicy([[tag(assigned)], [lower]])).toEqual(result(['Development', 'Support', 'Marketing']));
  });

  it('lacks what a lower level removes', () => {
    const lower = { tags: { costcenter: { tag_value: { '@@remove': ['Development', 'Other'] } } } };
    expect(effectivePolicy([[tag(assigned)], [], [lower]])).toEqual(result(['Support']));
  });

  it('keeps what lower levels may not change, and takes what they may', () => {
    const key = { '@@operators_allowed_for_child_policies': ['@@none'], '@@assign': 'CostCenter' };
    const value = { '@@operators_allowed_for_child_policies': ['@@append'], '@@assign': ['Maintenance'] };
    const lower = tag({ '@@append': ['Escalations'] }, { '@@assign': 'COSTCENTER' });
    const account = { tags: { costcenter: { tag_value: { '@@remove': ['Maintenance'] } } } };
    expect(effectivePolicy([[tag(value, key)], [lower], [account]])).toEqual(result(['Maintenance', 'Escalations']));
  });

  it('takes of what policies side by side allow only what all of them do', () => {
    const open = tag({ '@@operators_allowed_for_child_policies': ['@@assign', '@@append'], '@@assign': ['a'] });
    const closed = tag({ '@@operators_allowed_for_child_policies': ['@@append', '@@remove'] });
    const lower = (operator: string) => ({ tags: { costcenter: { tag_value: { [operator]: ['b'] } } } });
    expect(effectivePolicy([[open, closed], [lower('@@assign')]])).toEqual(result(['a']));
    expect(effectivePolicy([[open, closed], [lower('@@append')]])).toEqual(result(['a', 'b']));
  });

  it('stays closed where a level further up closed it, whatever those between say', () => {
    const locked = tag({ '@@operators_allowed_for_child_policies': ['@@none'], '@@assign': ['a'] });
    const reopened = tag({ '@@operators_allowed_for_child_policies': ['@@all'] });
    expect(effectivePolicy([[locked], [reopened], [tag({ '@@assign': ['b'] })]])).toEqual(result(['a']));
  });

  it('takes nothing new in a section that is closed', () => {
    const root = {
      services: {
        '@@operators_allowed_for_child_policies': ['@@none'],
        default: { opt_out_policy: { '@@assign': 'optOut' } },
      },
    };
    const lower = { services: { lex: { opt_out_policy: { '@@assign': 'optIn' } } } };
    expect(effectivePolicy([[root], [lower]])).toEqual({ services: { default: { opt_out_policy: 'optOut' } } });
    expect(effectivePolicy([[], [lower]])).toEqual({ services: { lex: { opt_out_policy: 'optIn' } } });
  });

  it('does not bind a policy, or those beside it, to what it allows its children', () => {
    const none = { '@@operators_allowed_for_child_policies': ['@@none'] };
    expect(effectivePolicy([[tag({ ...none, '@@assign': ['a'] }), tag({ '@@append': ['b'] })]])).toEqual(
      result(['a', 'b']),
    );
  });

  it('is none where nothing is set', () => {
    expect(effectivePolicy([[], [{ tags: {} }], []])).toBeUndefined();
    expect(effectivePolicy([[{ tags: { a: { tag_value: { '@@remove': ['x'] } } } }]])).toBeUndefined();
  });
});

describe('Operators', () => {
  it('are told apart from settings, and have values of their kind', () => {
    expect(checkOperators(tag(assigned))).toBeUndefined();
    const bad: Json[] = [
      [],
      { tags: 'x' },
      { tags: { '@@assign': ['a'], a: { '@@assign': 'x' } } },
      { tags: { '@@assign': 1 } },
      { tags: { '@@append': 'x' } },
      { tags: { '@@assign': ['a'], '@@append': ['b'] } },
      { tags: { '@@operators_allowed_for_child_policies': ['@@some'] } },
      { tags: { '@@operators_allowed_for_child_policies': ['@@all', '@@none'] } },
    ];
    for (const document of bad) expect(checkOperators(document), JSON.stringify(document)).toBeTypeOf('string');
  });
});
