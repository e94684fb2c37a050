// A webpack loader for tests: lets the boxes of the chart throw an ordinary TypeError, which no mocked activity can bring about.
// `break:NAME` in the incident's title breaks the box on every try, `break-once:NAME` on the first only.
module.exports = function breakSteps(source) {
  return source.replace(
    /export (async )?function (\w+)\(run: ResponseRun\): ([^{]+) \{\n/g,
    (head, _async, name) =>
      `${head}  if (run.input.title.includes('break:${name}.') || (run.input.attempt === 1 && run.input.title.includes('break-once:${name}.'))) ` +
      `(undefined as unknown as { nothing: () => void }).nothing();\n`,
  );
};
