// Asks a server as `google.discoverAPI` of the package googleapis does, which is this class of googleapis-common.
// node ask.cjs DISCOVERY_URL KEY, with [{method, body}] on stdin; prints [{status, data, message}].
const { readFileSync } = require("node:fs");
const { Discovery } = require("googleapis-common");

async function main() {
  const [url, key] = process.argv.slice(2);
  const google = { _options: {} };
  const createEndpoint = await new Discovery({ debug: false, includePrivate: false }).discoverAPI(url);
  const endpoint = createEndpoint({}, google);
  endpoint.google = google;
  const answers = [];
  for (const { method, body } of JSON.parse(readFileSync(0, "utf8"))) {
    try {
      const { status, data } = await endpoint.comments[method]({ key, resource: body });
      answers.push({ status, data });
    } catch (error) {
      answers.push({ status: error.response?.status, data: error.response?.data, message: error.message });
    }
  }
  console.log(JSON.stringify(answers));
}

main();
