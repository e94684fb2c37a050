import { readFile } from 'node:fs/promises';
import { readSealingKey } from '../adapters/authorisation/sealing-key';
import { createFileSigner } from '../adapters/evidence-bag/signer';
import { readCodecKeys } from '../adapters/payload-codec/codec-keys';
import type { Config } from '../config/schema';
import type { NeededKey } from '../operations/doctor-files';

/** Every key file of the workers. */
export function workerKeys({ paths, evidence, temporal, ssh }: Config): readonly NeededKey[] {
  const { codec } = temporal;
  return [
    {
      what: 'evidence signing key',
      path: paths.signingKey,
      read: () => createFileSigner({ keyFile: paths.signingKey, name: evidence.origin }),
    },
    { what: 'TOTP key', path: paths.totpKey, read: () => readSealingKey(paths.totpKey) },
    { what: 'Firebreak’s SSH key', path: ssh.identityFile, read: () => readFile(ssh.identityFile) },
    ...(codec === undefined
      ? []
      : [{ what: 'payload codec key', path: codec.keyFile, read: () => readCodecKeys(codec.keyFile) }]),
  ];
}
