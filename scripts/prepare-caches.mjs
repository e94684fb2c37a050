// Fetches or builds, once, the servers that the tests start: so that no test has to wait for them.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const log = {
  info: (details, message) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
  warn: (details, message) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
};
const { findTemporalCli } = require('../dist/temporal/server-binary.js');
const { findServerPrograms } = require('../dist/temporal/server-programs.js');
const { findTestServer } = require('../dist/temporal/test-server.js');
await findTemporalCli({ log });
// After the CLI, from which it takes what is compiled. Without Go, the test of the wire says so.
await findServerPrograms({ log }).catch((error) => log.warn({ reason: error.message }, 'no Temporal server with TLS'));
await findTestServer({ log });
const { ensureOutsidePackages } = require('../dist/demo/lab/outside-packages.js');
const { ensureRootfs } = require('../dist/demo/lab/rootfs.js');
const line = (text) => process.stderr.write(`${text}\n`);
await ensureOutsidePackages('build', line);
await ensureRootfs(line);
