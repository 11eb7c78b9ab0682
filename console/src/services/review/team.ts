/** The page of those who review. */
export const REVIEW_PAGE = '/_outcrop/review';

/** What `/_outcrop/review-teams` tells of a team's work. */
export type Queue = {
  id: string;
  title: string;
  tasks: number;
  done: number;
  state: 'open' | 'done' | 'closed';
  answersPerTask: number;
  createdAt: string;
};
export type Team = { team: string; workersPerTask: number; issuedAt: string; queues: Queue[] };

/** `arn:aws:sagemaker:…:flow-definition/own-team` → `own-team`. */
export const nameOf = (arn: string): string => arn.split('/').at(-1) ?? arn;
