// ioredis asks Sentinels for the master "m", and goes on by itself when that is another. Usage: node sentinel.mjs PORT,PORT,PORT
// Prints "first PORT" when the first master takes writes, and one line a check when another one does.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const sentinels = process.argv[2].split(',').map((port) => ({ host: '127.0.0.1', port: Number(port) }));
const master = new Redis({ sentinels, name: 'm', commandTimeout: 1000 });
master.on('error', () => {});
const end = Date.now() + 100_000;
let first;
let last;
while (Date.now() < end && (first === undefined || last === first)) {
  try {
    await master.set('ioredis', String(Date.now()));
    last = /tcp_port:(\d+)/.exec(await master.info('server'))[1];
    if (first === undefined) {
      first = last;
      console.log(`first ${first}`);
    }
  } catch {
    // The master is gone, or has just become a replica.
  }
  await sleep(20);
}
console.log(first !== last ? 'ok: ioredis goes on with the master that Sentinel has made' : 'FAILED: ioredis does not find the master that Sentinel has made');
console.log('all done');
process.exit(0);
