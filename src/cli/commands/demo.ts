import { runDemo } from '../../../demo/run-demo';
import type { CommandContext } from '../context';

/** On a terminal the demo stays up until Ctrl-C; `--once` or no terminal ends it when the proof is printed (O2). */
export async function demoCommand(context: CommandContext, once: boolean): Promise<number> {
  const { output } = context;
  const { ok, result } = await runDemo({
    say: (line) => output.say(line),
    // With --json, stdout is the one object at the end.
    show: (lines) => {
      if (output.json) lines.forEach((line) => output.say(line));
      else output.result(null, lines);
    },
    once: once || !process.stdout.isTTY || !process.stdin.isTTY,
    keepIn: 'var/demo',
  });
  output.result(result, []);
  return ok ? 0 : 1;
}
