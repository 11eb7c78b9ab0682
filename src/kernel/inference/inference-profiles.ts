import { collection } from '../store/store.ts';

/** An application inference profile: a name of one's own for a model, with tags that costs are told apart by. */
export type ApplicationProfile = {
  account: string;
  region: string;
  /** 12 lower-case letters and digits. */
  id: string;
  name: string;
  description?: string;
  /** The foundation model or system-defined profile that it was made from, as an ARN. */
  sourceArn: string;
  /** The foundation models it may call, by region. */
  modelArns: string[];
  createdAtMs: number;
  updatedAtMs: number;
};

/** Keyed by account, region and id. */
export const applicationProfiles = collection<ApplicationProfile>('kernel/inference/application-profile');
