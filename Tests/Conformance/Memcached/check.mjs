// The npm packages memcached (text) and memjs (binary, which is refused) against a node. Usage: check.mjs PORT. One line a check.
import Memcached from "memcached";
import memjs from "memjs";

const address = "127.0.0.1:" + process.argv[2];
let failed = 0;

async function check(name, body) {
  try {
    await body();
    console.log("ok: " + name);
  } catch (error) {
    failed++;
    console.log("FAILED: " + name + ": " + error);
  }
}

function same(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(JSON.stringify(actual) + " instead of " + JSON.stringify(expected));
  }
}

const client = new Memcached(address, { timeout: 20000, retries: 0 });
const call = (name, ...args) => new Promise((resolve, reject) => client[name](...args, (error, value) => (error ? reject(error) : resolve(value))));

await check("npm memcached: values", async () => {
  same(await call("set", "js", { a: [1, "two"] }, 100), true);
  same(await call("get", "js"), { a: [1, "two"] });
  same(await call("get", "js:none"), undefined);
  same(await call("del", "js"), true);
});
await check("npm memcached: many keys", async () => {
  for (let i = 0; i < 100; i++) await call("set", "js:" + i, "v" + i, 0);
  const values = await call("getMulti", Array.from({ length: 101 }, (_, i) => "js:" + i));
  same(Object.keys(values).length, 100);
  same(values["js:99"], "v99");
});
await check("npm memcached: gets and cas", async () => {
  await call("set", "js:c", "1", 0);
  const old = await call("gets", "js:c");
  same(await call("cas", "js:c", "2", old.cas, 0), true);
  same(await call("cas", "js:c", "3", old.cas, 0), false);
});
await check("npm memcached: numbers, append, touch", async () => {
  await call("set", "js:n", "10", 0);
  same(await call("incr", "js:n", 5), 15);
  same(await call("decr", "js:n", 20), 0);
  same(await call("touch", "js:n", 100), true);
  same(await call("append", "js:c", "x"), true);
  same(await call("get", "js:c"), "2x");
});
await check("npm memcached: version, stats, settings, items, flush", async () => {
  same((await call("version"))[0].version.startsWith("1.6."), true);
  same(Number((await call("stats"))[0].curr_items) > 0, true);
  same(Number((await call("settings"))[0].item_size_max), 1048576);
  await call("items");
  same((await call("flush"))[0], true);
});
client.end();

await check("memjs: the binary protocol is refused cleanly", async () => {
  const binary = memjs.Client.create(address, { timeout: 5, retries: 1, logger: { log() {} } });
  let refused = false;
  try {
    refused = (await binary.get("js")).value === null;
  } catch {
    refused = true;
  }
  binary.close();
  same(refused, true);
});
console.log("all done");
process.exit(failed ? 1 : 0);
