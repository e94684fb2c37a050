import { constants, readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { FirebreakError } from '../domain/errors';
import { signRequest } from '../adapters/authorisation/sign-request';

/** @throws FirebreakError NOT_AUTHORISED when this key cannot be read */
export async function readableIdentity(identity: string): Promise<void> {
  await access(identity, constants.R_OK).catch(() => {
    throw new FirebreakError('NOT_AUTHORISED', `${identity} cannot be read: name your key with --identity.`);
  });
}

/**
 * Signs a text with an operator's SSH key. @param identity path of a private key, or of a public key whose other half ssh-agent holds
 * @throws FirebreakError NOT_AUTHORISED
 */
export function signWith(identity: string): (text: string) => Promise<string> {
  return async (text) => {
    await readableIdentity(identity);
    const isPublic = identity.endsWith('.pub');
    return signRequest(text, isPublic ? { agentKey: readFileSync(identity, 'utf8') } : { identityFile: identity });
  };
}
