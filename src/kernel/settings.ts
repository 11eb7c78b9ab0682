/** What the configuration says to services. A quota that AWS lets its customers have changed is a setting here. */
export type Settings = {
  /** Records that a batch inference job must have at least. */
  readonly batchMinimumRecords: number;
};

/** Source: AWS General Reference, Amazon Bedrock quotas: the minimum number of records per batch inference job, for most models. */
const BATCH_RECORDS_MIN = 100;

export const settingsOf = (given: Partial<Settings> = {}): Settings => ({
  batchMinimumRecords: BATCH_RECORDS_MIN,
  ...given,
});
