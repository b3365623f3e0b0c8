import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Ends the output with `N passed, N failed`, for people and scripts alike. Failures outside a test count as failed,
 * too: a file that did not load, an uncaught error, a failed set-up, and a run without any test.
 */
export function closingLine(): Reporter {
  let passed = 0;
  let failed = 0;
  return {
    onInit() {
      // Only here is it certain that nothing is printed after it, and that it is printed even if the run never began.
      process.once("exit", (code) => {
        const isClean = failed === 0 && passed > 0 && code === 0;
        const counted = isClean ? 0 : Math.max(failed, 1);
        if (!isClean) process.exitCode = code || 1;
        process.stdout.write(`\n${passed} passed, ${counted} failed\n`);
      });
    },
    onTestRunEnd(modules, unhandledErrors) {
      ({ passed, failed } = tally(modules, unhandledErrors));
    },
  };
}

function tally(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]) {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const passed = tests.filter((test) => test.result().state === "passed").length;
  // A test still pending was cut off; only one excluded by a filter is neither passed nor failed.
  const failed = tests.filter((test) => ["failed", "pending"].includes(test.result().state)).length;
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  const brokenSuites = suites.filter((suite) => suite.errors().length > 0).length;
  const unfinished = modules.filter((module) => ["queued", "pending"].includes(module.state())).length;
  return { passed, failed: failed + brokenSuites + unfinished + unhandledErrors.length };
}
