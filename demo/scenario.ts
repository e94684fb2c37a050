import type { LabHost, LabHostSpec, TrafficSource } from './lab/types';
import { RESPONDER_ACCESS_LOG } from './lab/types';

/** The practice site: a public web server that must stay up, a database behind the same gateway. */
export const SCENARIO_HOSTS: readonly LabHostSpec[] = [
  { name: 'gw-1', role: 'gateway' },
  { name: 'web-1', role: 'host' },
  { name: 'db-1', role: 'host' },
];

export const ATTACKED = 'web-1';
export const STOLEN_ACCOUNT = 'deploy';
/** Account that hosts make for the responders. */
export const EMERGENCY_ACCOUNT = 'fb-emergency';
/** Half of each family. */
export const ATTACKER_ADDRESSES = 1_000;
export const BYSTANDER_ADDRESSES = 200;

/** Root's script for a booted lab host: Firebreak's account and gate, and an ordinary account whose key gets stolen. */
export function provisionScript(setup: string, stolenKey: string): string {
  return [
    setup,
    `id ${STOLEN_ACCOUNT} >/dev/null 2>&1 || useradd -m -s /bin/bash ${STOLEN_ACCOUNT}`,
    `install -d -m 700 -o ${STOLEN_ACCOUNT} -g ${STOLEN_ACCOUNT} /home/${STOLEN_ACCOUNT}/.ssh`,
    `printf '%s\\n' '${stolenKey}' >/home/${STOLEN_ACCOUNT}/.ssh/authorized_keys`,
    `chown ${STOLEN_ACCOUNT}: /home/${STOLEN_ACCOUNT}/.ssh/authorized_keys`,
    // The last administrator of a host is never locked out: there is another one.
    'id admin >/dev/null 2>&1 || useradd -m -G sudo admin',
    '',
  ].join('\n');
}

/** Inventory entries of the lab, as the configuration file has them. */
export function inventoryOf(
  hosts: readonly LabHost[],
  management: { readonly address: string; readonly address6: string },
): Record<string, unknown> {
  const gateway = hosts.find((host) => host.role === 'gateway')?.name;
  return Object.fromEntries(
    hosts.map((host) => [
      host.name,
      {
        address: host.address,
        port: host.port,
        hostKey: host.hostKey,
        role: host.role,
        // The shop window stays up whatever happens; everything else may be cut off.
        isolation: host.name === ATTACKED || host.role === 'gateway' ? 'never' : 'allowed',
        management: [management.address, management.address6],
        serviceAddresses: [host.serviceAddress, host.serviceAddress6],
        ...(gateway === undefined || host.role === 'gateway' ? {} : { gateway }),
      },
    ]),
  );
}

/** Made-up people: one on call, one to decide, one department. */
export const SCENARIO_PEOPLE: readonly Record<string, unknown>[] = [
  {
    id: 'sato',
    name: 'Sato Yuki',
    audience: 'security',
    locale: 'ja',
    phone: '+815012345678',
    mail: 'sato@firebreak.example',
    slack: 'C0SECURITY',
    tier: 1,
  },
  {
    id: 'meyer',
    name: 'Jo Meyer',
    audience: 'management',
    locale: 'en',
    phone: '+4930123456',
    mail: 'meyer@firebreak.example',
    slack: 'C0MANAGEMENT',
    tier: 1,
  },
  { id: 'shop', name: 'Web shop', audience: 'department', locale: 'en', mail: 'shop@firebreak.example', tier: 1 },
];

/** The sources of the attack, spread over both families. */
export function attackSources(
  attacker: TrafficSource,
  count: number = ATTACKER_ADDRESSES,
): { readonly v4: string[]; readonly v6: string[] } {
  const half = Math.ceil(count / 2);
  return { v4: attacker.addresses4(half), v6: attacker.addresses6(count - half) };
}

/** What a detector would report of this attack. */
export function incidentDocument(sources: readonly string[], now: Date): Record<string, unknown> {
  return {
    title: 'Brute force, then a login with a stolen key on the web server',
    description:
      'A thousand addresses hammer web-1; the account deploy logged in from one of them after many failures.',
    detector: 'demo',
    detectedAt: now.toISOString(),
    confidence: 0.9,
    hosts: [ATTACKED, 'db-1'],
    sources,
    accounts: [{ name: STOLEN_ACCOUNT, host: ATTACKED }],
    services: ['web shop'],
    indicators: [
      { kind: 'login-success-after-failures', value: STOLEN_ACCOUNT, count: 1 },
      { kind: 'failed-logins', value: 'sshd', count: 4_200 },
    ],
    logSources: [RESPONDER_ACCESS_LOG],
    references: ['T1110 brute force', 'T1078 valid accounts'],
  };
}
