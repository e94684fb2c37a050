import { CHANNELS, NOTICE_KINDS } from '../../../src/domain/words';
import { MEANS_ORDER, NOTICE_RULES } from '../../../src/domain/notice';
import { BRANCHES } from '../../../src/domain/branches';

describe('N1 who is told what', () => {
  test('start: security team and management by phone, mail and Slack at once', () => {
    expect(NOTICE_RULES.start).toEqual({
      audiences: ['security', 'management'],
      channels: ['voice', 'mail', 'slack'],
      managementFrom: 'high',
    });
  });

  test('completion: everyone by mail and Slack, whatever the severity', () => {
    expect(NOTICE_RULES.completion).toEqual({
      audiences: ['security', 'management', 'department'],
      channels: ['mail', 'slack'],
      managementFrom: 'medium',
    });
  });

  test.each(['failure', 'control-failed', 'manual-response', 'classification-needed', 'security-worse'] as const)(
    '%s: security team by phone and Slack',
    (kind) => {
      expect(NOTICE_RULES[kind]).toMatchObject({ audiences: ['security'], channels: ['voice', 'slack'] });
    },
  );

  test.each(['escalation', 'emergency'] as const)('%s reaches management by phone, whatever the severity', (kind) => {
    expect(NOTICE_RULES[kind]).toMatchObject({ channels: ['voice', 'mail', 'slack'], managementFrom: 'medium' });
    expect(NOTICE_RULES[kind].audiences).toContain('management');
  });

  test('every kind has a rule with an audience and two means to begin with, or one and a fallback', () => {
    expect(Object.keys(NOTICE_RULES).sort()).toEqual([...NOTICE_KINDS].sort());
    for (const rule of Object.values(NOTICE_RULES)) {
      expect(rule.audiences).toContain('security');
      expect(rule.channels.length).toBeGreaterThan(0);
      expect(MEANS_ORDER.filter((means) => !rule.channels.includes(means)).length).toBeGreaterThan(0);
    }
  });

  test('departments are told what was done, and when it is undone; never by phone', () => {
    const told = NOTICE_KINDS.filter((kind) => NOTICE_RULES[kind].audiences.includes('department'));
    expect(told).toEqual(['completion', 'stand-down', 'release']);
    for (const kind of told) expect(NOTICE_RULES[kind].channels).toEqual(['mail', 'slack']);
  });

  test('N3 means follow each other as phone, SMS, mail, Slack', () => {
    expect(MEANS_ORDER).toEqual(['voice', 'sms', 'mail', 'slack']);
    expect([...MEANS_ORDER].sort()).toEqual([...CHANNELS].sort());
  });
});

test('B2 branches are named once', () => {
  expect(new Set(BRANCHES).size).toBe(BRANCHES.length);
  for (const branch of BRANCHES) expect(branch).toMatch(/^[a-z]+(-[a-z]+)*$/);
});
