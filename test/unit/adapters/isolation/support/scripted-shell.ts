import type { FirebreakError } from '../../../../../src/domain/errors';
import type { Host } from '../../../../../src/domain/host';
import { actionId, incidentId } from '../../../../../src/domain/ids';
import type { ActContext } from '../../../../../src/ports/containment';
import type { HostRunOptions, HostRunResult, HostScript, HostShell } from '../../../../../src/ports/host-shell';
import { sampleHost } from '../../../../support/sample-host';

export interface Call {
  readonly host: string;
  readonly script: string;
  readonly header: string;
  readonly fresh: boolean;
}

/** What a host says to one program: reply lines without `end`, or what goes wrong. */
export type Answer = readonly string[] | FirebreakError;

/** Answers by `host/program`, or by program alone, in order; the last answer is repeated. */
export class ScriptedShell implements HostShell {
  readonly calls: Call[] = [];
  readonly #answers: Map<string, Answer[]>;

  constructor(answers: Readonly<Record<string, readonly Answer[]>>) {
    this.#answers = new Map(Object.entries(answers).map(([key, list]) => [key, [...list]]));
  }

  run(host: Host, script: HostScript, options: HostRunOptions): Promise<HostRunResult> {
    const header = String(options.input ?? '');
    this.calls.push({ host: host.name, script: script.name, header, fresh: options.fresh === true });
    const answers = this.#answers.get(`${host.name}/${script.name}`) ?? this.#answers.get(script.name);
    const answer = answers !== undefined && answers.length > 1 ? answers.shift() : answers?.[0];
    if (answer === undefined) return Promise.reject(new Error(`no answer for ${host.name}/${script.name}`));
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ lines: [...answer, 'end'], stderr: '', code: 0 });
  }

  stream(): never {
    throw new Error('not used here');
  }

  fingerprint(): string {
    return 'SHA256:none';
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const INCIDENT = incidentId('INC-20261120-7F3K');
export const EXPIRES = '2026-11-20T04:00:00.000Z';
export const PREIMAGE = `preimage /var/lib/firebreak/x/before ${'a'.repeat(64)} 7`;
export const actionFor = (step: string) => actionId(INCIDENT, step, 'web-1');

export const contextOf = (signal = new AbortController().signal): ActContext => ({
  incident: INCIDENT,
  signal,
  attempt: 1,
  onProgress: () => undefined,
});

export function hostOf(name: string, overrides: Partial<Host> = {}): Host {
  return sampleHost(name, {
    role: name.startsWith('gw') ? 'gateway' : 'host',
    management: ['198.51.100.0/24'],
    serviceAddresses: ['203.0.113.10', '2001:db8::10'],
    ...overrides,
  });
}
