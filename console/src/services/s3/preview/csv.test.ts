import { describe, expect, it } from 'vitest';
import { parseCsv, separatorOf } from './csv.ts';

describe('values with separators', () => {
  it('are read with quotes, doubled quotes, separators and line ends in them', () => {
    expect(parseCsv('a,b\r\n"x, ""y""\nz",2\n\n3,\n', ',')).toEqual([
      ['a', 'b'],
      ['x, "y"\nz', '2'],
      ['3', ''],
    ]);
  });

  it('tell what separates them by their first line', () => {
    expect(separatorOf('a;b;c,d\n1,2,3,4,5', 'text/csv')).toBe(';');
    expect(separatorOf('a,b,c', 'text/tab-separated-values')).toBe('\t');
  });
});
