import { createHash } from 'node:crypto';
import type { BoxName } from '../../src/domain/boxes';
import { onRecord, type Fact } from '../../src/domain/fact';
import type { SealedBag } from '../../src/domain/evidence';
import type { Delivery } from '../../src/domain/notice';
import type { ReportModel, TimelineEntry } from '../../src/domain/report';

export const DECLARED = '2026-11-20T18:03:07.000Z';

/** Time of an event, this many seconds after the declaration. */
export function secondsAfter(seconds: number): string {
  return new Date(Date.parse(DECLARED) + Math.round(1_000 * seconds)).toISOString();
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function deliveriesOf(
  incident: Delivery['incident'],
  people: number,
  seconds: number,
  troubled: boolean,
): Delivery[] {
  return Array.from({ length: people }, (_, index) => `person-${index + 1}`).flatMap((person, index) =>
    (['voice', 'mail', 'slack'] as const).map((channel, means): Delivery => {
      const lost = troubled && index === 1;
      const state = lost ? 'failed' : channel === 'slack' && index === 2 ? 'pending' : 'delivered';
      return {
        id: `${incident}:start:${person}:${channel}`,
        incident,
        kind: 'start',
        person,
        channel,
        state,
        attempts: lost ? 6 : 1,
        possibleDouble: channel === 'mail' && index === 0,
        at: secondsAfter(Math.min(seconds, 0.5 + 0.3 * means)),
        ...(lost ? { reason: 'CHANNEL_TIMEOUT' } : { providerId: `${channel}-${index}` }),
      };
    }),
  );
}

/** What a run notes; acts and notices come from the tables. */
export function notedOf(seconds: number, troubled: boolean): TimelineEntry[] {
  const at = (share: number): string => secondsAfter(seconds * share);
  const step = (box: BoxName, phase: string, from: number, to: number, note?: Fact): TimelineEntry => ({
    at: at(from),
    endedAt: at(to),
    phase,
    fact: { fact: 'step', box, ...(note === undefined ? {} : { note }) },
    kind: 'step',
  });
  return [
    {
      at: at(0),
      phase: 'declared',
      kind: 'order',
      fact: { fact: 'ordered', action: 'respond', by: 'alice', reason: 'stolen key in use' },
    },
    step('classify and assess', 'assessing', 0.01, 0.04),
    step('decide the policy', 'assessing', 0.04, 0.07),
    step('capture volatile state', 'assessing', 0.04, 0.12),
    step('control access', 'containing', 0.12, 0.4),
    ...(troubled
      ? [
          {
            ...step('forced isolation of web-2', 'containing', 0.4, 0.45, { fact: 'holds-by', rung: 'gateway' }),
            kind: 'failure' as const,
          },
          {
            at: at(0.41),
            phase: 'containing',
            kind: 'failure' as const,
            fact: {
              fact: 'stage' as const,
              stage: 'manual' as const,
              why: [{ fact: 'access-control-failed', host: 'web-2', fault: { code: 'HOST_TIMEOUT' } } as const],
            },
          },
        ]
      : []),
    step('collect and preserve logs', 'preserving', 0.45, 0.8),
    step('seal the evidence', 'sealing', 0.8, 0.86),
    step('heighten monitoring', 'tightening', 0.86, 0.92),
    step('write the completion report', 'reporting', 0.92, 1),
  ];
}

export function bagOf(incident: SealedBag['incident'], artefacts: number, seconds: number): SealedBag {
  const root = digestOf(`root of ${artefacts}`);
  const name = `firebreak.example/evidence/${incident}`;
  const signature = Buffer.alloc(68, 7).toString('base64');
  return {
    incident,
    path: `/security/forensics/${incident}`,
    checkpoint: `${name}\n${artefacts + 6}\n${Buffer.from(root, 'hex').toString('base64')}\n\n— ${name} ${signature}\n`,
    root,
    records: artefacts + 6,
    artefacts,
    absences: 1,
    bytes: 1_482_113,
    publicKey: `${name}+1a2b3c4d+${Buffer.alloc(33, 9).toString('base64')}`,
    sealedAt: secondsAfter(0.86 * seconds),
  };
}

export function evidenceOf(hosts: readonly string[], count: number, troubled: boolean): ReportModel['evidence'] {
  const names = ['sockets', 'sessions', 'processes', 'nft-ruleset', 'conntrack', 'journal-export', 'auth-log', 'wtmp'];
  return Array.from({ length: count }, (_, index) => {
    const host = hosts[index % Math.max(1, hosts.length)] ?? 'web-1';
    const name = `${names[index % names.length]}${index < names.length ? '' : `-${Math.floor(index / names.length)}`}`;
    const absent = troubled && index % 9 === 4;
    return {
      seq: index + 2,
      host,
      name,
      bytes: absent ? 0 : 1_000 + 977 * index,
      sha256: absent ? '' : digestOf(`${host}/${name}`),
      ...(absent ? { absence: onRecord('no such file on the host, rung 2') } : {}),
    };
  });
}
