import type { RuleFault } from './types.ts';

/** `rules.yaml:3:5: rules[0].fault: unknown key …` */
export function faultText({ file, line, column, path, message }: RuleFault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return [place, path, message].filter((part) => part !== undefined && part !== '').join(': ');
}
