/**
 * Server settings Firebreak depends on, the same for the development server and in `deploy/compose/dynamic-config.yaml`
 * (a test compares). Keys are those of Temporal's dynamic configuration.
 */
export const DYNAMIC_CONFIG: Readonly<Record<string, boolean | number | string>> = {
  // Without the new matcher, server 1.29 ignores the priority of tasks; a critical incident must overtake.
  'matching.useNewMatcher': true,
};
