import { endPrograms, endRemarks, endsProgram, secondsUntil } from '../../../../src/adapters/host-script/ends';
import { HostReply } from '../../../../src/adapters/host-script/reply';
import { FirebreakError } from '../../../../src/domain/errors';
import { HOST_PROGRAMS } from '../../../../src/composition/host-programs';

/** `host-facts` holds the text of the block programs and calls nothing of it that acts. */
const PROGRAMS = HOST_PROGRAMS.filter(({ name }) => name !== 'host-facts');

describe('H10 ends that a host keeps by itself', () => {
  it('every program that an act names for its end is one that the host gets', () => {
    const kept = new Set(endPrograms(HOST_PROGRAMS).map(({ name }) => name));
    const named = PROGRAMS.flatMap(({ name, text }) =>
      [...text.matchAll(/\bfb_ends_by "?([a-z$_A-Z-]+)"? end/g)].map(([, program = '']) =>
        program.replace('$SB_RUNG', name.replace('block-sources-', '')),
      ),
    );
    expect(new Set(named)).toEqual(kept);
  });

  it('every program that puts something in force leaves an end', () => {
    const acting = PROGRAMS.filter(({ text }) => /\bfb_become prepared|echo prepared/.test(text));
    expect(acting.map(({ name }) => name).sort()).toEqual(
      [
        'block-sources-ipset',
        'block-sources-iptables',
        'block-sources-nftables',
        'disable-account',
        'grant-emergency-access',
        'heighten-monitoring',
        'interfaces-down',
        'isolate',
      ].sort(),
    );
    for (const { name, text } of acting)
      expect(`${name} ${text.match(/^ *(\[.*\] \|\| )?fb_ends_by .* end\b/m)?.[0]}`).toContain('fb_ends_by');
  });

  it('takes whole seconds as margin and nothing else into the program', () => {
    expect(endsProgram(600)).toContain('\nmargin=600\n');
    for (const margin of [-1, 1.5, Number.NaN]) expect(() => endsProgram(margin)).toThrow(FirebreakError);
  });

  it('counts from now, rounded up, and never nothing', () => {
    const now = new Date('2026-11-20T03:00:00.000Z');
    expect(secondsUntil('2026-11-20T04:00:00.500Z', now)).toBe(3_601);
    expect(secondsUntil('2026-11-20T02:00:00.000Z', now)).toBe(1);
  });

  it('says when the host ended a control, whatever a hostile host gives as the time', () => {
    expect(endRemarks(new HostReply(['outcome applied']))).toEqual([]);
    const [ended] = endRemarks(new HostReply(['host_end 1764295200']));
    expect(ended).toEqual({ fact: 'ended-by-host', at: '2025-11-28T02:00:00.000Z' });
    expect(endRemarks(new HostReply(['host_end 999999999999999']))).toEqual([{ fact: 'ended-by-host' }]);
    expect(() => endRemarks(new HostReply(['host_end soon']))).toThrow(FirebreakError);
  });
});
