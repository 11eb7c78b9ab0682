import packageJson from '../../package.json' with { type: 'json' };

/** Ours, as published. */
export const VERSION: string = packageJson.version;
