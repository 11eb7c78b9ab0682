import { describe, expect, it } from 'vitest';
import { CronError, nextTime, parseCron } from './cron.ts';
import { checkRules, nextWindow } from './schedule.ts';

const at = (text: string) => Date.parse(text);
const following = (expression: string, from: string, count: number) => {
  const cron = parseCron(expression);
  const found: string[] = [];
  for (let ms = at(from); found.length < count;) {
    ms = nextTime(cron, ms);
    found.push(new Date(ms).toISOString().slice(0, 13));
  }
  return found;
};

describe('cron expressions of rotation schedules', () => {
  it('name hours of days, in UTC', () => {
    expect(following('0 8 * * ? *', '2031-05-05T12:00:00Z', 2)).toEqual(['2031-05-06T08', '2031-05-07T08']);
    expect(following('0 4/12 * * ? *', '2031-05-05T04:00:00Z', 3)).toEqual([
      '2031-05-05T16',
      '2031-05-06T04',
      '2031-05-06T16',
    ]);
    expect(following('0 0 1,15 * ? *', '2031-05-05T00:00:00Z', 3)).toEqual([
      '2031-05-15T00',
      '2031-06-01T00',
      '2031-06-15T00',
    ]);
  });

  it('name days of the week, the nth of a month, and the last day', () => {
    // 2031-05-04 is a Sunday.
    expect(following('0 16 ? * SUN *', '2031-05-05T00:00:00Z', 2)).toEqual(['2031-05-11T16', '2031-05-18T16']);
    expect(following('0 2 ? * MON-WED *', '2031-05-05T03:00:00Z', 3)).toEqual([
      '2031-05-06T02',
      '2031-05-07T02',
      '2031-05-12T02',
    ]);
    expect(following('0 0 ? * 3#2 *', '2031-05-01T00:00:00Z', 2)).toEqual(['2031-05-13T00', '2031-06-10T00']);
    expect(following('0 1 L * ? *', '2031-01-15T00:00:00Z', 3)).toEqual([
      '2031-01-31T01',
      '2031-02-28T01',
      '2031-03-31T01',
    ]);
    expect(following('0 1 29 FEB ? *', '2031-05-01T00:00:00Z', 2)).toEqual(['2032-02-29T01', '2036-02-29T01']);
    expect(following('0 0 ? JAN/3 6L *', '2031-01-01T00:00:00Z', 2)).toEqual(['2031-01-31T00', '2031-04-25T00']);
  });

  it.each([
    ['5 8 * * ? *', 'Minutes'],
    ['0 8 * * ? 2031', 'Year'],
    ['0 8 * * * *', 'Day-of-week'],
    ['0 8 ? * ? *', 'Day-of-week'],
    ['0 24 * * ? *', 'Hours'],
    ['0 8 32 * ? *', 'Day-of-month'],
    ['0 8 * XXX ? *', 'Month'],
    ['0 8 5-3 * ? *', 'Day-of-month'],
    ['0 8 */0 * ? *', 'Day-of-month'],
    ['0 8 * *', 'six fields'],
  ])('%s is refused, naming its %s', (expression, said) => {
    expect(() => parseCron(expression)).toThrow(CronError);
    expect(() => parseCron(expression)).toThrow(said);
  });

  it('that name no day which exists are refused', () => {
    expect(() => nextTime(parseCron('0 8 30 2 ? *'), 0)).toThrow(CronError);
  });
});

describe('rotation rules', () => {
  const window = (rules: Parameters<typeof nextWindow>[0], from: string) => {
    const { startMs, endMs } = nextWindow(rules, at(from));
    return [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(0, 19));
  };

  it('of days open the window at midnight, until the end of the day or for the Duration', () => {
    expect(window({ AutomaticallyAfterDays: 30 }, '2031-05-05T12:00:00Z')).toEqual([
      '2031-06-04T00:00:00',
      '2031-06-04T23:59:59',
    ]);
    expect(window({ ScheduleExpression: 'rate(10 days)', Duration: '3h' }, '2031-05-05T12:00:00Z')).toEqual([
      '2031-05-15T00:00:00',
      '2031-05-15T03:00:00',
    ]);
    expect(window({ ScheduleExpression: 'cron(0 20 ? * SAT *)' }, '2031-05-05T12:00:00Z')).toEqual([
      '2031-05-10T20:00:00',
      '2031-05-10T23:59:59',
    ]);
  });

  it('of hours count from midnight, and close after one hour', () => {
    expect(window({ ScheduleExpression: 'rate(8 hours)' }, '2031-05-05T12:00:00Z')).toEqual([
      '2031-05-05T16:00:00',
      '2031-05-05T17:00:00',
    ]);
    expect(window({ ScheduleExpression: 'cron(0 */6 * * ? *)', Duration: '2h' }, '2031-05-05T12:00:00Z')).toEqual([
      '2031-05-05T18:00:00',
      '2031-05-05T20:00:00',
    ]);
  });

  it.each([
    [{}],
    [{ Duration: '3h' }],
    [{ AutomaticallyAfterDays: 3, ScheduleExpression: 'rate(3 days)' }],
    [{ ScheduleExpression: 'rate(3 hours)' }],
    [{ ScheduleExpression: 'rate(1000 days)' }],
    [{ ScheduleExpression: 'rate(0 days)' }],
    [{ ScheduleExpression: 'rate(5 minutes)' }],
    [{ ScheduleExpression: 'every day' }],
    [{ ScheduleExpression: 'cron(0 */2 * * ? *)' }],
    [{ ScheduleExpression: 'cron(0 8 30 2 ? *)' }],
    [{ ScheduleExpression: 'rate(4 hours)', Duration: '5h' }],
    [{ ScheduleExpression: 'cron(0 22 * * ? *)', Duration: '3h' }],
    [{ AutomaticallyAfterDays: 3, Duration: '25h' }],
    [{ AutomaticallyAfterDays: 3, Duration: '0h' }],
  ])('%j are refused', (rules) => {
    expect(() => checkRules(rules)).toThrow(expect.objectContaining({ name: 'InvalidParameterException' }));
  });

  it('that fit their day are taken', () => {
    for (const rules of [
      { AutomaticallyAfterDays: 1000, Duration: '24h' },
      { ScheduleExpression: 'rate(4 hours)', Duration: '4h' },
      { ScheduleExpression: 'cron(0 21 ? * 2#1 *)', Duration: '3h' },
    ])
      expect(checkRules(rules)).toEqual(rules);
  });
});
