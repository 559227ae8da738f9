// The other end of tests/support/relying_js.py: lines of JSON, out to the person and back from the browser.
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

// A person goes to `url`; gives where the browser left our pages to.
export async function visit(url) {
  say({ visit: `${url}` });
  return new URL(JSON.parse((await lines.next()).value));
}

// A person confirms a device at `url`, while the device polls.
export const confirm = (url) => say({ confirm: url });

// Runs the scenario that the command line names, and tells its result or its error.
export async function play(scenarios) {
  const [name, settings] = process.argv.slice(2);
  try {
    say({ result: await scenarios[name](JSON.parse(settings)) });
  } catch (error) {
    const { code, cause } = error;
    say({ failed: { name: error.name, message: error.message, code, error: error.error ?? cause?.error, status: error.status, stack: error.stack } });
  }
  process.exit(0);
}
