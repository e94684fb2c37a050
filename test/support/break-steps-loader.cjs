// A webpack loader for tests: lets the boxes of the chart throw an ordinary TypeError, which no mocked activity can bring about.
// `break:NAME.` in the incident's title breaks the function on every try, `break-once:NAME.` on the first only. In `openRun`, outside of
// the error boundary, it makes every workflow task of the response fail; the test server does not skip time while tasks fail, so the
// incident's patience with a silent response is shortened to a twentieth (its real length is tested without this loader).
const FUNCTION =
  /export (?:async )?function (\w+)\((run: ResponseRun|input: ResponseInput)(?:, [^)]*)?\): ([^{]+) \{\n/g;
const PATIENCE = /const (QUIET_MS|ANSWER_MS|AFTER_DEADLINE_MS) = (\d+)_000;/g;

module.exports = function breakSteps(source) {
  return source
    .replace(PATIENCE, (_all, name, seconds) => `const ${name} = ${Number(seconds) * 50};`)
    .replace(FUNCTION, (head, name, parameter) => {
      const input = parameter.startsWith('run') ? 'run.input' : 'input';
      const title = `${input}.title`;
      const broken = `${title}.includes('break:${name}.') || (${input}.attempt === 1 && ${title}.includes('break-once:${name}.'))`;
      return `${head}  if (${broken}) (undefined as unknown as { nothing: () => void }).nothing();\n`;
    });
};
