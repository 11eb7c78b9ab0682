import { describe, expect, it } from 'vitest';
import { buildPolicy } from './build.ts';
import { readDefinition } from './definition.ts';

const rulesOf = (text: string) => buildPolicy(text).definition.rules!.map(({ expression }) => expression);
const unreadOf = (text: string) =>
  buildPolicy(text).statements.flatMap(({ unread, lines }) => (unread === undefined ? [] : [[lines[0], unread]]));

describe('a sentence', () => {
  it.each([
    [
      'Full-time employees with at least 12 months of continuous service are eligible for parental leave.',
      '(=> (and is_full_time (>= continuous_service_months 12)) eligible_for_parental_leave)',
    ],
    [
      'Employees with 5 years of tenure or less are entitled to 15 days of leave.',
      '(=> (<= tenure_years 5) (= leave_days 15))',
    ],
    [
      'A refund is allowed only if the item was returned within 30 days and is unopened.',
      '(=> eligible_for_refund (and (<= days_until_returned 30) (not is_opened)))',
    ],
    [
      'Part-time staff are not eligible for remote work unless approved by a manager.',
      '(=> (and (not is_approved_by_manager) is_part_time) (not eligible_for_remote_work))',
    ],
    ['Unless you have a permit, you may not park.', '(=> (not has_permit) (not may_park))'],
    ['Expenses over $25 require an itemized receipt.', '(=> (> expenses_amount 25) itemized_receipt_required)'],
    ['No employee may carry over more than 5 days of leave.', '(not (> carry_leave_over_days 5))'],
    [
      'Neither interns nor contractors may approve expenses.',
      '(=> (or is_intern is_contractor) (not may_approve_expenses))',
    ],
    ['Gift cards cannot be returned or exchanged.', '(=> is_gift_card (and (not may_return) (not may_exchange)))'],
    ['You must be at least 21 years old to rent a car.', '(=> may_rent_car (>= age 21))'],
    [
      'To qualify for a loan, an applicant must have an annual income of at least $30,000.',
      '(=> eligible_for_loan (>= annual_income_amount 30000))',
    ],
    ['A badge is issued if and only if the training is completed.', '(= is_completed_training eligible_for_badge)'],
    ['The interest rate is 5% for loans under $10,000.', '(=> (< loans_amount 10000) (= interest_rate_percent 5))'],
    ['The maximum discount is 30%.', '(<= discount_percent 30)'],
    [
      'Members get between 5 and 10 days of training.',
      '(=> is_member (and (>= training_days 5) (<= training_days 10)))',
    ],
    ['A traveler may bring two bags.', '(<= bring_bags 2)'],
    [
      'Items that are damaged may be returned within 60 days of purchase with a receipt.',
      '(=> (and is_damaged (<= days_since_purchase 60) has_receipt) may_return)',
    ],
    ['Smoking is prohibited.', '(not may_smoke)'],
    [
      'Manager approval is not required for a $50 expense.',
      '(=> (= expense_amount 50) (not manager_approval_required))',
    ],
    [
      'Homework submitted after the due date is considered late.',
      '(=> homework_submitted_after_due_date is_late_homework)',
    ],
    [
      'A visitor who has signed the form and is not a minor may enter the lab.',
      '(=> (and is_signed_form (not is_minor)) may_enter_lab)',
    ],
    [
      'Warranty is void when the seal is broken or the device is unregistered.',
      '(=> (or is_broken_seal (not is_registered_device)) is_void_warranty)',
    ],
  ])('%s', (sentence, expression) => {
    expect(rulesOf(sentence)).toEqual([expression]);
  });

  it('with "otherwise" is two rules, and so is one with an exception', () => {
    expect(
      rulesOf('If the order total is at least $50, then shipping is free; otherwise the shipping fee is $5.'),
    ).toEqual([
      '(=> (>= order_amount 50) is_free_shipping)',
      '(=> (not (>= order_amount 50)) (= shipping_fee_amount 5))',
    ]);
    expect(rulesOf('All employees are eligible for a bonus except interns.')).toEqual([
      '(=> (not is_intern) eligible_for_bonus)',
      '(=> is_intern (not eligible_for_bonus))',
    ]);
  });

  it('that leaves things open, or speaks of dates, is not read', () => {
    for (const sentence of [
      'Employees usually get a gift.',
      'Most requests are granted.',
      'You may be eligible for a discount.',
      'Discounts might be available.',
      'Employees hired before January 1, 2020 keep the old plan.',
      'Unused vacation days expire on 31 March.',
      'Contractors are not eligible.',
    ]) {
      expect(rulesOf(sentence), sentence).toEqual([]);
      expect(unreadOf(sentence), sentence).toHaveLength(1);
    }
  });
});

describe('a document', () => {
  it('has one statement for a list of conditions, and one for each item of other lists', () => {
    const list =
      'Employees are eligible for a grant if all of the following conditions are met:\n- they have worked for at least 1 year\n- they are full-time\n\nThe following items are not returnable:\n\n* Gift cards\n* Perishable goods\n';
    expect(rulesOf(list)).toEqual([
      '(=> (and (>= worked_years 1) is_full_time) eligible_for_grant)',
      '(=> is_gift_card (not may_return))',
      '(=> is_perishable (not may_return))',
    ]);
    expect(
      rulesOf('You may enter if any of the following is true:\n1. you have a ticket\n2. you are a member'),
    ).toEqual(['(=> (or has_ticket is_member) may_enter)']);
  });

  it('has a rule for each row of a table', () => {
    const table = '| Plan | Storage |\n|---|---|\n| Basic | 5 kg |\n| Pro | 50 kg |\n';
    const { definition } = buildPolicy(table);
    expect(definition.types![0]!.values.map(({ value }) => value)).toEqual(['BASIC', 'PRO', 'OTHER']);
    expect(definition.rules!.map(({ expression }) => expression)).toEqual([
      '(=> (= plan BASIC) (= storage_kgs 5))',
      '(=> (= plan PRO) (= storage_kgs 50))',
    ]);
  });

  it('keeps a number in the finest unit it is told in, and mixes none that do not convert', () => {
    expect(rulesOf('Members with 2 weeks of training may enter. Members with 3 days of training may watch.')).toEqual([
      '(=> (and is_member (= training_days 14)) may_enter)',
      '(=> (and is_member (= training_days 3)) may_watch)',
    ]);
    const { definition } = buildPolicy(
      'Guests with 2 months of notice may enter. Guests with 30 days of notice may watch.',
    );
    expect(definition.variables!.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['notice_months', 'notice_days']),
    );
  });

  it('adds to the policy it is given, in its terms', () => {
    const base = buildPolicy('Contractors are not eligible for a bonus.').definition;
    const { definition } = buildPolicy('Contractors must wear a badge.', { base });
    expect(definition.rules!.map(({ expression }) => expression)).toEqual([
      '(=> is_contractor (not eligible_for_bonus))',
      '(=> is_contractor must_wear_badge)',
    ]);
    expect(definition.variables!.filter(({ name }) => name.startsWith('is_contractor'))).toHaveLength(1);
  });

  it('makes a definition that is valid, whatever it is', () => {
    for (const text of [
      '',
      '#',
      ':',
      'If, then.',
      'a '.repeat(500),
      '(=> x y)',
      '| a |\n|---|\n',
      'Only if unless except.',
      '5 5 5 5.',
      'If if if, then then then.',
      '- \n- \n',
      '“”()[]{}',
      'No no no no is is is.',
      'Each each of each.',
    ])
      expect(() => readDefinition(buildPolicy(text).definition), text).not.toThrow();
  });
});
