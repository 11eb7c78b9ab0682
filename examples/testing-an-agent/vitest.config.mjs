// Of the example's own, so that Vitest does not take the configuration of a folder above.
export default { test: { include: ['vitest/*.test.mjs'] } };
