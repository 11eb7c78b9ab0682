import { Review, type Method } from '../../../engines/review/review.ts';
import { Workers } from '../../../engines/review/workers.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Transaction } from '../../../kernel/store/store.ts';

/** The queues of work for people, over the stack's store. */
export const reviewOf = ({ store, clock, jobs }: Kernel): Review<Transaction> =>
  new Review({ store, clock, submit: (tx, job) => jobs.submit(tx, job) });

export const workersOf = ({ store, clock }: Kernel): Workers<Transaction> => new Workers({ store, clock });

/** The rating methods of Bedrock, as the queue has them. */
export const METHODS: Readonly<Record<string, Method>> = {
  ThumbsUpDown: 'thumbs',
  IndividualLikertScale: 'likert',
  ComparisonLikertScale: 'comparison-likert',
  ComparisonChoice: 'choice',
  ComparisonRank: 'rank',
};
