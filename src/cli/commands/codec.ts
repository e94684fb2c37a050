import { once } from 'node:events';
import { composeCodecServer, rotateCodec } from '../../composition/codec';
import type { CommandContext } from '../context';

/** In the foreground until Ctrl-C. */
export async function codecServerCommand(context: CommandContext): Promise<number> {
  const server = await composeCodecServer(context.loaded().config);
  context.output.result({ address: `http://127.0.0.1:${server.port}`, origins: server.origins }, [
    `decoding on http://127.0.0.1:${server.port} for ${server.origins.join(', ') || 'holders of the token'}`,
  ]);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await server.stop();
  return 0;
}

/** Appends a key that only reads; with `activate` the last one becomes the one that writes. */
export async function setupCodecKeyCommand(context: CommandContext, activate: boolean): Promise<number> {
  const id = await rotateCodec(context.loaded().config, activate ? 'activate' : 'add');
  context.output.result({ key: id, writes: activate }, [
    activate
      ? `key ${id} encrypts from the next start of each process on`
      : `key ${id} is added; restart every process, then run: firebreak setup codec-key --activate`,
  ]);
  return 0;
}
