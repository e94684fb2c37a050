import { peopleReached, tallyActs } from '../../../../src/adapters/pdf/sections/tally';
import { reportModel } from '../../../support/report-model';

describe('P1 the summary counts only what is known', () => {
  it('counts a planned act without a result as asked for and not done', () => {
    const model = reportModel({ hosts: 3, sources: 12, troubled: true });
    const acts = new Map(tallyActs(model).map((act) => [act.kind, act]));
    expect(acts.get('block-sources')).toMatchObject({
      inForce: 24,
      asked: 36,
      hosts: 3,
      verified: false,
      holds: false,
    });
    expect(acts.get('disable-account')).toMatchObject({
      inForce: 2,
      asked: 3,
      hosts: 3,
      verified: false,
      holds: false,
    });
    expect(acts.get('forced-isolation')).toMatchObject({ inForce: 1, asked: 1, verified: true, rungs: ['gateway'] });
  });

  it('N3 takes a pending delivery for neither reached nor lost, and leaves the skipped out', () => {
    const { deliveries } = reportModel({ people: 2 });
    const [first, second] = deliveries;
    const pending = { ...first!, person: 'carol', state: 'pending' as const };
    const skipped = { ...first!, person: 'dave', state: 'skipped' as const };
    const failed = { ...second!, person: 'erin', state: 'failed' as const };
    const people = peopleReached([...deliveries, pending, skipped, failed]);
    expect(people.map(({ person, first: reached, pending: open }) => [person, reached?.channel, open])).toEqual([
      ['person-1', 'voice', false],
      ['person-2', 'voice', false],
      ['carol', undefined, true],
      ['erin', undefined, false],
    ]);
  });
});
