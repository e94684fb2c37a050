const { writeFileSync } = require('node:fs');

/**
 * Closes a test run with the skipped tests and their reasons, and one line of counts. Of runs side by side each leaves its counts in
 * the file named by FIREBREAK_TEST_SUMMARY instead, for the one line of all.
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
    };
    const file = process.env.FIREBREAK_TEST_SUMMARY;
    if (file === undefined) SummaryReporter.print([summary]);
    else writeFileSync(file, JSON.stringify(summary));
  }

  static print(summaries) {
    const sum = (of) => summaries.reduce((total, summary) => total + of(summary), 0);
    for (const { skipped } of summaries) for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    const skipped = sum((summary) => summary.skipped.length);
    process.stdout.write(
      `\n${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed, ${skipped} skipped\n`,
    );
  }
}
module.exports = SummaryReporter;
