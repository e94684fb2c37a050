// Fetches or builds, once, the servers that the tests start: so that no test has to wait for them.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const log = {
  info: (details, message) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
  warn: (details, message) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
};
const { findTemporalCli } = require('../dist/temporal/server-binary.js');
const { findTestServer } = require('../dist/temporal/test-server.js');
await findTemporalCli({ log });
await findTestServer({ log });
const { ensureOutsidePackages } = require('../dist/demo/lab/outside-packages.js');
const { ensureRootfs } = require('../dist/demo/lab/rootfs.js');
const line = (text) => process.stderr.write(`${text}\n`);
await ensureOutsidePackages('build', line);
await ensureRootfs(line);
