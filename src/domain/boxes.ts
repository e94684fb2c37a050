/** The boxes of the chart, and what has a share of the time beside them. */
export const PLAIN_BOXES = [
  'classify and assess',
  'open',
  'wait for a person to classify',
  'preserve logs meanwhile',
  'assess again',
  'decide the policy',
  'decide the policy again',
  'urgent notification',
  'capture volatile state',
  'prepare',
  'control access',
  'collect and preserve logs',
  'seal the evidence',
  'heighten monitoring',
  'write the completion report',
  'hand over to people',
] as const;
export type PlainBox = (typeof PLAIN_BOXES)[number];
export type ForcedIsolationBox = `forced isolation of ${string}`;
/** Names of the steps as progress and timeline have them. */
export type BoxName = PlainBox | ForcedIsolationBox;
