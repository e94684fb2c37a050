import { proposedMeasures, securityState, worstState } from '../../src/domain/security-state';
import { readings } from '../lib/activities';
import { codeOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import { noteLoad } from './host-load';
import type { ResponseRun } from './run';

/** B13: the state after containment, compared with the one before; worse → people are told. */
export async function compareState(run: ResponseRun, hosts: readonly string[]): Promise<void> {
  const after = await sideBySide(hosts, (host) =>
    readings
      .takeReading(`${host}: security state after containment`, { ...run.onBehalf, host, stage: 'after' })
      .catch((thrown: unknown) => {
        if (codeOf(thrown) === 'CANCELLED') throw thrown;
        return undefined;
      }),
  );
  for (const reading of after) if (reading !== undefined) noteLoad(run, reading);
  const states = after.flatMap((now) => {
    const before = run.readingsBefore.find((reading) => reading.host === now?.host);
    return now === undefined || before === undefined ? [] : [securityState(before, now)];
  });
  run.securityState = states.length < hosts.length ? worstState([...states, 'degraded']) : worstState(states);
  run.lines.recorder.note({ key: 'security-state', patch: { securityState: run.securityState } });
  if (run.securityState === 'worse') {
    run.tell('security-worse', 'security-worse', {
      facts: [
        { fact: 'state-worse' },
        ...after.flatMap((now) => (now === undefined ? [] : proposedMeasures(now))).slice(0, 4),
      ],
      nextAction: `firebreak escalate ${run.incident}`,
    });
  }
}
