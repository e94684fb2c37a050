// Brings up a lab as a process of its own, to be killed. Usage: lab-owner.ts ID attached|detached [stay|DIRECTORY]
// Prints every log line, and UP when the lab is up.
import { labUp } from '../../../../demo/lab/lab';

const [, , id = '', mode = '', stay = ''] = process.argv;
const log = (line: string) => process.stdout.write(`${line}\n`);

const directory = stay.startsWith('/') ? { directory: stay } : {};
const hosts = [{ name: 'web-1', role: 'host' }] as const;
void labUp({ id, hosts, log, detached: mode === 'detached', ...directory }).then(() => {
  log('UP');
  if (stay === 'stay') setInterval(() => undefined, 60_000);
});
