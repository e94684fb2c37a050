import { MonitoringHeightening } from '../../../../src/adapters/monitoring/monitoring-heightening';
import { MONITORING_PARTS } from '../../../../src/domain/remark';
import type { HeightenMonitoring } from '../../../../src/domain/plan';
import {
  actionFor,
  type Answer,
  contextOf,
  EXPIRES,
  hostOf,
  PREIMAGE,
  ScriptedShell,
} from '../isolation/support/scripted-shell';

const ACTION: HeightenMonitoring = {
  id: actionFor('heighten-monitoring'),
  kind: 'heighten-monitoring',
  host: 'web-1',
  approval: 'none',
  expiresAt: EXPIRES,
};
const parts = (...words: string[]) => MONITORING_PARTS.map((part, index) => `part ${part} ${words[index] ?? words[0]}`);
const driver = (answers: Readonly<Record<string, readonly Answer[]>>) =>
  new MonitoringHeightening(new ScriptedShell(answers));

describe('B14 heightened monitoring', () => {
  it('counts every part; a part the host does not have is missing and does not spoil the rest', async () => {
    const done = [...parts('applied', 'already', 'absent', 'absent'), PREIMAGE];
    const seen = parts('already', 'already', 'absent', 'absent');
    const result = await driver({ 'heighten-monitoring': [done], 'check-monitoring': [seen] }).perform(
      hostOf('web-1'),
      ACTION,
      contextOf(),
    );
    expect(result).toMatchObject({ counts: { applied: 1, already: 1, missing: 2, failed: 0 }, verified: true });
    expect(result.exceptions.map(({ detail }) => detail)).toEqual([
      'Firebreak drops nothing on this host through nftables',
      'fail2ban does not run here, or has no jail',
    ]);
  });

  it('C2 a part that is gone at the second look is failed', async () => {
    const answers = {
      'heighten-monitoring': [[...parts('applied'), PREIMAGE]],
      'check-monitoring': [parts('missing', 'already', 'already', 'already')],
    };
    const result = await driver(answers).perform(hostOf('web-1'), ACTION, contextOf());
    expect(result).toMatchObject({ counts: { applied: 3, failed: 1 }, verified: false });
  });

  it('C5 drift on undo is refused part by part and noted', async () => {
    const answers = { 'restore-monitoring': [parts('refused', 'applied', 'applied', 'applied')] };
    const result = await driver(answers).undo(hostOf('web-1'), ACTION, contextOf());
    expect(result).toMatchObject({ counts: { applied: 3, refused: 1 }, verified: false });
    expect(result.notes[0]).toContain('drift: sshd-log-level');
  });

  it('an answer that lacks a part is no answer', async () => {
    const answers = { 'heighten-monitoring': [[PREIMAGE]] };
    await expect(driver(answers).perform(hostOf('web-1'), ACTION, contextOf())).rejects.toMatchObject({
      code: 'VERIFY_FAILED',
    });
  });
});
