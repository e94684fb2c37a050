import { execFileSync } from 'node:child_process';
import { shellWord } from '../../../../src/adapters/pdf/sections/verification';

describe('P2 the printed command is what a shell takes', () => {
  it.each([
    ['/security/forensics/INC-20261120-7F3K', '/security/forensics/INC-20261120-7F3K'],
    ['firebreak.example/e+1a2b3c4d+AAA/+=', 'firebreak.example/e+1a2b3c4d+AAA/+='],
    ['/with blank', "'/with blank'"],
    ["it's; rm -rf $HOME", "'it'\\''s; rm -rf $HOME'"],
  ])('%s', (word, quoted) => {
    expect(shellWord(word)).toBe(quoted);
    expect(execFileSync('sh', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' })).toBe(word);
  });
});
