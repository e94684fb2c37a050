import { composeCertificates } from '../../composition/certificates';
import { configuredChannels } from '../../composition/channels';
import { configurationProblems, problemsOf } from '../../composition/configuration-problems';
import { neededPrograms } from '../../composition/host-programs';
import { OWN_MACHINE } from '../../composition/own-machine';
import { workerKeys } from '../../composition/worker-keys';
import type { Config } from '../../config/schema';
import type { InputProblem } from '../../domain/errors';
import type { Person } from '../../domain/notice';
import type { DoctorInstallation } from '../../operations/doctor';
import { doctor, doctorOfIncomplete } from '../../operations/doctor';
import type { DoctorCheck } from '../../operations/doctor-check';
import type { CommandContext } from '../context';
import { DEPLOYMENT_NAME } from '../../../temporal/build-id';
import { paint } from '../output';

/** Every check is made, whatever the others say, and nothing is changed; exit 5 when a needed one fails (O4). */
export async function doctorCommand(context: CommandContext): Promise<number> {
  const checks = await checked(context);
  context.output.result(
    checks,
    checks.map(
      (check) =>
        `${check.ok ? paint('green', 'ok  ') : check.needed ? paint('red', 'FAIL') : paint('yellow', 'warn')}  ${check.what}${check.detail === '' ? '' : `: ${check.detail}`}`,
    ),
  );
  return checks.every((check) => check.ok || !check.needed) ? 0 : 5;
}

async function checked(context: CommandContext): Promise<readonly DoctorCheck[]> {
  const say = (line: string): void => context.output.say(line);
  const { config, problems } = await configurationOf(context);
  if (config === undefined || problems.length > 0)
    return doctorOfIncomplete(problems, config && installationOf(config), say);
  const firebreak = await context.firebreak();
  const options = {
    ...installationOf(config),
    certificates: composeCertificates(config),
    deploymentName: DEPLOYMENT_NAME,
    roleFaults: () => firebreak.roleFaults(),
    evidenceKey: config.evidence.publicKey,
    programs: neededPrograms(),
  };
  return doctor(firebreak.operations, options, say);
}

async function configurationOf(
  context: CommandContext,
): Promise<{ readonly config: Config | undefined; readonly problems: readonly InputProblem[] }> {
  try {
    const { config } = context.loaded();
    return { config, problems: await configurationProblems(config) };
  } catch (thrown) {
    return { config: undefined, problems: problemsOf('file', thrown) };
  }
}

function installationOf(config: Config): DoctorInstallation {
  return {
    channels: configuredChannels(config),
    people: config.people as readonly Person[],
    paths: config.paths,
    keys: workerKeys(config),
    machine: OWN_MACHINE,
  };
}
