/** What `respond` is asked for in a bench: everything is in the document. */
export const trigger = (types: readonly string[], severity: string, mode: string, document: Buffer) => ({
  types,
  severity,
  mode,
  document,
  hosts: [],
  sources: [],
  accounts: [],
  segments: [],
  reason: 'benchmark',
  title: undefined,
  limits: {},
});
