// A worker in a process of its own: takes the turn on a host, says so, and holds it until it is killed.
const { transformFileSync } = require('@swc/core');
require.extensions['.ts'] = (module, filename) => {
  const { code } = transformFileSync(filename, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  module._compile(code, filename);
};
const { createPostgres } = require('../../../src/adapters/postgres/create-postgres.ts');

const [url, host, incident] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined };
const { turns } = createPostgres({ url, applicationName: 'holder', log });
void turns.withTurn(host, incident, 'critical', 'intrusion', new AbortController().signal, () => {
  process.stdout.write('held\n');
  return new Promise((resolve) => setTimeout(resolve, 600_000));
});
