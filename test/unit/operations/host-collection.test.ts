import { collectionFaults, trialReading } from '../../../src/operations/host-collection';
import { onRecord } from '../../../src/domain/fact';
import { sampleHost } from '../../support/sample-host';
import { sampleReading } from '../../support/incident-samples';

test('O4 a trial reading asks for every part, and what it would not know is said before the incident', async () => {
  const asked: unknown[] = [];
  const unknown = { listeners: onRecord('listeners: exit 127: ss: not found') };
  const collector = {
    reading: (_host: unknown, watch: unknown) => {
      asked.push(watch);
      return Promise.resolve({ ...sampleReading('web-1'), listeners: null, unknown, noise: 'Authorized use only' });
    },
  };
  const reading = await trialReading(collector, sampleHost('web-1'), 1_000, new AbortController().signal);
  expect(asked).toEqual([{ accounts: ['root'], sources: ['192.0.2.1'] }]);
  expect(collectionFaults(reading)).toEqual([
    expect.stringContaining('prints before Firebreak’s program speaks: Authorized use only → look at /etc/ssh/sshrc'),
    'listeners would not be known: listeners: exit 127: ss: not found',
  ]);
  expect(collectionFaults({})).toEqual([]);
});
