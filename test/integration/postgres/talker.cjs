// A worker in a process of its own: begins to talk to a host, says so, and never ends.
require('../../support/typescript-hook.cjs');
const { createPostgres } = require('../../../src/adapters/postgres/create-postgres.ts');
const { workerSeals } = require('../../support/worker-seals.ts');

const [url, host, program, alone] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined };
const conversations = createPostgres({ url, applicationName: 'talker', log }).conversations(workerSeals());
void conversations.begin(host, program, alone === 'alone').then(() => process.stdout.write('talking\n'));
setTimeout(() => undefined, 600_000);
