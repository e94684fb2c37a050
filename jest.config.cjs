/** One project a kind of test (DESIGN §8); `npm test` runs all, `npx jest --selectProjects unit` one. */
const transform = {
  '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, sourceMaps: 'inline' }],
};
const project = (name, extra = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  transform,
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...extra,
});

module.exports = {
  projects: ['unit', 'activities', 'workflows', 'replay', 'integration', 'attacks', 'e2e', 'chaos'].map((name) =>
    project(name),
  ),
  // Ends what hangs, and judges nobody's speed: a busy machine may be ten times slower.
  testTimeout: 600_000,
};
