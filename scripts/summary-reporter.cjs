const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');
const { stripVTControlCharacters } = require('node:util');

/**
 * Closes a test run with the skipped tests and their reasons, the failed ones, and one line of counts. Of runs side by side each leaves
 * its counts in the file named by FIREBREAK_TEST_SUMMARY instead, for the one line of all.
 */
class SummaryReporter {
  onRunComplete(_contexts, results) {
    const summary = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.testResults.flatMap((suite) =>
        suite.testResults
          .filter((test) => test.status === 'pending' || test.status === 'todo')
          .map((test) => test.fullName),
      ),
      failures: results.testResults.flatMap(failuresOf),
      files: results.testResults.map((suite) => ({
        file: relative(process.cwd(), suite.testFilePath),
        passed: suite.numPassingTests,
        failed: suite.numFailingTests + (suite.testExecError ? 1 : 0),
      })),
    };
    const file = process.env.FIREBREAK_TEST_SUMMARY;
    if (file === undefined) SummaryReporter.print([summary]);
    else writeFileSync(file, JSON.stringify(summary));
  }

  static print(summaries) {
    const sum = (of) => summaries.reduce((total, summary) => total + of(summary), 0);
    for (const { skipped } of summaries) for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    for (const { failures = [] } of summaries) for (const text of failures) process.stdout.write(`FAILED ${text}\n`);
    const skipped = sum((summary) => summary.skipped.length);
    process.stdout.write(
      `\n${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed, ${skipped} skipped\n`,
    );
  }
}

/** Each with why, without colours and without the stack, on one line. */
function failuresOf({ testFilePath, testResults, testExecError }) {
  const file = relative(process.cwd(), testFilePath);
  const why = (text = '') => {
    const [said] = stripVTControlCharacters(String(text)).split(/\n\s+at /);
    return said.trim().replace(/\s+/g, ' ').slice(0, 900);
  };
  const failed = testResults.filter((test) => test.status === 'failed');
  const said = failed.map((test) => `${file}: ${test.fullName}: ${why(test.failureMessages[0])}`);
  return testExecError ? [`${file}: ${why(testExecError.message)}`, ...said] : said;
}

module.exports = SummaryReporter;
