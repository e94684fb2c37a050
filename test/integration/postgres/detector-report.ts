/** What a detector says of one attack; tests change parts of it. */
export const DETECTOR_REPORT = {
  title: 'failed logins',
  confidence: 0.9,
  hosts: ['web-1'],
  sources: ['198.51.100.7', '203.0.113.0/24'],
  accounts: [{ name: 'deploy' }],
  segments: [],
  services: [],
  indicators: [{ kind: 'failed-logins', value: 'sshd', count: 40 }],
  logSources: [],
  references: [],
};

/** As much of Temporal's client as tells whether an incident's workflow runs. */
export function clientOf(running: ReadonlySet<string>) {
  return {
    withAbortSignal: (_signal: AbortSignal, work: () => Promise<unknown>) => work(),
    workflow: {
      getHandle: (id: string) => ({
        describe: () => Promise.resolve({ status: { name: running.has(id) ? 'RUNNING' : 'TERMINATED' } }),
      }),
    },
  };
}
