import { composeCertificates } from '../../composition/certificates';
import { doctor } from '../../operations/doctor';
import type { CommandContext } from '../context';
import { DEPLOYMENT_NAME } from '../../../temporal/build-id';
import { paint } from '../output';

/** Every check is made, whatever the others say; exit 5 when a needed one fails (O4). */
export async function doctorCommand(context: CommandContext): Promise<number> {
  const firebreak = await context.firebreak();
  const checks = await doctor(firebreak.operations, {
    certificates: composeCertificates(firebreak.config),
    channels: await firebreak.channels(),
    paths: firebreak.config.paths,
    identityFile: firebreak.config.ssh.identityFile,
    deploymentName: DEPLOYMENT_NAME,
    roleFaults: () => firebreak.roleFaults(),
    evidenceKey: firebreak.config.evidence.publicKey,
  });
  context.output.result(
    checks,
    checks.map(
      (check) =>
        `${check.ok ? paint('green', 'ok  ') : check.needed ? paint('red', 'FAIL') : paint('yellow', 'warn')}  ${check.what}${check.detail === '' ? '' : `: ${check.detail}`}`,
    ),
  );
  return checks.every((check) => check.ok || !check.needed) ? 0 : 5;
}
