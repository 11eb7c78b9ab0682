import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'tests/**/*.test.ts',
      'tools/**/*.test.ts',
      'cli/**/*.test.ts',
      'console/src/**/*.test.ts',
    ],
    testTimeout: 60_000,
    // Machines with other work are slow to settle.
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
    // Inputs are drawn anew by each run, and CI's machines have other work: what fails is tried once more, and the report says so.
    retry: process.env['CI'] ? 1 : 0,
    // Two workers: the suites start servers and engines of their own, and CI has two cores.
    maxWorkers: 2,
    pool: 'forks',
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
});
