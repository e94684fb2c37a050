import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EvidenceVerdict } from '../../../src/domain/evidence';

const VERIFIER = join(__dirname, '../../../src/adapters/evidence-bag');
const DRIVER = `
import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import verify
for line in sys.stdin:
    print(json.dumps(verify.verify(**json.loads(line))), flush=True)
`;

export interface PythonVerifier {
  verify(bag: string, key: string, incident: string): Promise<EvidenceVerdict>;
  end(): void;
}

/** One python process that verifies bag after bag with the shipped verify.py. */
export function startPythonVerifier(): PythonVerifier {
  const child = spawn('python3', ['-c', DRIVER, VERIFIER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async verify(bag, key, incident) {
      child.stdin.write(`${JSON.stringify({ bag, key, incident })}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error('verify.py has ended');
      return JSON.parse(answer.value) as EvidenceVerdict;
    },
    end: () => void child.stdin.end(),
  };
}
