// Other versions of Node.js for the tests: from the npm packages `node-linux-*`, pinned by hash, in the cache outside the tree.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const INTEGRITY = {
  '22.23.3': {
    x64: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    arm64: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  '24.21.0': {
    x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};

export const NODE_VERSIONS = Object.keys(INTEGRITY);

/** As src/supervision/cache-directory.ts has it. */
function cacheRoot(env = process.env) {
  if (env.FIREBREAK_CACHE_DIR) return env.FIREBREAK_CACHE_DIR;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'firebreak');
  return process.getuid?.() === 0 ? '/var/cache/firebreak' : join(homedir(), '.cache', 'firebreak');
}

/**
 * @returns `{ bin }`, a directory with that version's `node`, or `{ reason }` why there is none
 */
export function nodeProgram(version) {
  const { platform, arch } = process;
  const integrity = platform === 'linux' ? INTEGRITY[version]?.[arch] : undefined;
  if (integrity === undefined) return { reason: `no hash is known of Node.js ${version} for ${platform}-${arch}` };
  const name = `node-linux-${arch}`;
  const folder = join(cacheRoot(), 'node', `${version}-${arch}`);
  const bin = join(folder, 'node_modules', name, 'bin');
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true });
    const dependencies = { [name]: version };
    const root = { name: 'firebreak-node', version: '1.0.0', dependencies };
    const packages = { '': root, [`node_modules/${name}`]: { version, integrity, cpu: [arch], os: ['linux'] } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...root, private: true }));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...root, lockfileVersion: 3, packages }));
    // npm compares the hash before it unpacks, and runs no script of the package.
    const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status, stderr } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) return { reason: `npm could not fetch ${name}@${version}: ${stderr.trim().split('\n')[0]}` };
  }
  const said = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' });
  if (said.stdout?.trim() !== `v${version}`) return { reason: `${join(bin, 'node')} does not run here` };
  return { bin };
}
