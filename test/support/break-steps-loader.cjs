// A webpack loader for tests: lets the boxes of the chart throw an ordinary TypeError, which no mocked activity can bring about.
// `break:NAME.` in the incident's title breaks the function on every try, `break-once:NAME.` on the first only. In `openRun`, outside of
// the error boundary, it makes every workflow task of the response fail.
const FUNCTION =
  /export (?:async )?function (\w+)\((run: ResponseRun|input: ResponseInput)(?:, [^)]*)?\): ([^{]+) \{\n/g;

module.exports = function breakSteps(source) {
  return source.replace(FUNCTION, (head, name, parameter) => {
    const input = parameter.startsWith('run') ? 'run.input' : 'input';
    const broken = `${input}.title.includes('break:${name}.') || (${input}.attempt === 1 && ${input}.title.includes('break-once:${name}.'))`;
    return `${head}  if (${broken}) (undefined as unknown as { nothing: () => void }).nothing();\n`;
  });
};
