import { once } from 'node:events';
import { watchFile, unwatchFile } from 'node:fs';
import { join, resolve } from 'node:path';
import { startEmbeddedStack } from '../../composition/embedded-stack';
import { updateConfigFile } from '../../composition/config-file';
import type { CommandContext } from '../context';
import { loadConfig } from '../../config/load';

/** The embedded stack in the foreground; a changed configuration restarts the workers. */
export async function upCommand(
  context: CommandContext,
  options: { readonly directory: string; readonly configFile: string | undefined },
): Promise<number> {
  const { output } = context;
  const directory = resolve(options.directory);
  const configFile = resolve(options.configFile ?? join(directory, 'firebreak.yaml'));
  const say = (details: object, message: string): void => {
    const more = Object.values(details).filter((value) => typeof value === 'string' || typeof value === 'number');
    output.say(more.length === 0 ? message : `${message}: ${more.join(', ')}`);
  };
  output.say('starting PostgreSQL and Temporal (the first time Temporal may have to be built: some minutes)');
  const stack = await startEmbeddedStack({
    directory,
    configFile,
    persistent: true,
    workers: 2,
    log: { info: say, warn: say },
  });
  const [{ startReceivers }, { receiverChannels }] = await Promise.all([
    import('../../../demo/receivers/start-receivers.js'),
    import('../../../demo/receiver-channels.js'),
  ]);
  const { config } = loadConfig({ file: configFile });
  const localChannels = Object.keys(config.channels).length === 0 || config.channels.smtp?.host === '127.0.0.1';
  const receivers = localChannels ? await startReceivers({ log: { info: say } }) : undefined;
  if (receivers !== undefined)
    await updateConfigFile(configFile, await receiverChannels(receivers, join(directory, 'keys')));
  await stack.startWorkers();
  output.say('');
  output.say('Firebreak is up.');
  output.say(`  Temporal UI   ${stack.temporal.uiUrl ?? '-'}`);
  output.say(`  configuration ${configFile}`);
  output.say(`  from another folder:  export FIREBREAK_CONFIG=${configFile}`);
  if (receivers !== undefined)
    output.say('  no channels are configured: mail, Slack and phone go to local receivers and are shown here');
  let restarting = Promise.resolve();
  watchFile(configFile, { interval: 1_000 }, () => {
    restarting = restarting.then(async () => {
      output.say('the configuration has changed: restarting the workers');
      await stack.restartWorkers().catch((thrown: unknown) => output.say(`restart failed: ${String(thrown)}`));
    });
  });
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  output.say('stopping');
  unwatchFile(configFile);
  await restarting;
  await stack.stop();
  await receivers?.stop();
  return 0;
}
