// ioredis and node-redis, at their defaults, against a node that this script starts, stops and starts again.
// Usage: node check.mjs PROGRAM PORT      One line a check: "ok: …" or "FAILED: …".
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createClient } from 'redis';

const [program, port] = [process.argv[2], Number(process.argv[3])];
let node;
let failed = 0;

async function start() {
  node = spawn(program, ['serve', '--port', String(port)], { stdio: 'ignore' });
  for (let i = 0; i < 500; i++) {
    const connected = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.on('error', () => resolve(false));
    });
    if (connected) return;
    await sleep(20);
  }
  throw new Error('the node does not answer');
}

async function stop() {
  node.kill('SIGTERM');
  await once(node, 'exit');
}

async function check(name, body) {
  try {
    await Promise.race([body(), sleep(15000, undefined, { ref: false }).then(() => { throw new Error('no end after 15 s'); })]);
    console.log(`ok: ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}: ${String(error.stack ?? error).split('\n').slice(0, 4).join(' ')}`);
  }
}

async function until(condition) {
  for (let i = 0; i < 1000 && !(await condition()); i++) await sleep(10);
  assert.ok(await condition());
}

async function ioredis() {
  const redis = new Redis(port);
  const other = new Redis(port);
  for (const client of [redis, other]) client.on('error', () => {});
  await check('ioredis: connect', async () => assert.equal(await redis.ping(), 'PONG'));
  await check('ioredis: set and get', async () => {
    assert.equal(await redis.set('io', 'value'), 'OK');
    assert.equal(await redis.get('io'), 'value');
    assert.equal(await redis.get('io:none'), null);
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await redis.set('io:bytes', bytes);
    assert.deepEqual(await redis.getBuffer('io:bytes'), bytes);
    assert.equal(await redis.set('io', 'x', 'NX'), null);
    assert.deepEqual(await redis.mget('io', 'io:none'), ['value', null]);
    assert.equal(await redis.incrby('io:n', 41), 41);
    assert.equal(await redis.incrbyfloat('io:f', 1.5), '1.5');
  });
  await check('ioredis: expire', async () => {
    assert.equal(await redis.set('io:e', 'v', 'PX', 60), 'OK');
    assert.ok(await redis.pttl('io:e') > 0);
    await sleep(120);
    assert.equal(await redis.get('io:e'), null);
    assert.equal(await redis.expire('io', 100), 1);
    assert.ok(await redis.ttl('io') > 90);
  });
  await check('ioredis: transaction', async () => {
    const replies = await redis.multi().set('io:t', '1').incr('io:t').get('io:t').exec();
    assert.deepEqual(replies, [[null, 'OK'], [null, 2], [null, '2']]);
    await redis.watch('io:t');
    await other.set('io:t', 'changed');
    assert.equal(await redis.multi().set('io:t', 'lost').exec(), null);
    assert.equal(await redis.get('io:t'), 'changed');
  });
  await check('ioredis: pipeline of 10000', async () => {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 5000; i++) pipeline.set(`io:p${i}`, i).get(`io:p${i}`);
    const replies = await pipeline.exec();
    assert.equal(replies.length, 10000);
    replies.forEach(([error, reply], i) => { assert.equal(error, null); assert.equal(reply, i % 2 ? String(i >> 1) : 'OK'); });
  });
  await check('ioredis: scanStream', async () => {
    const keys = new Set();
    for await (const some of redis.scanStream({ match: 'io:p*', count: 500 })) some.forEach((key) => keys.add(key));
    assert.equal(keys.size, 5000);
  });
  await check('ioredis: errors', async () => {
    await assert.rejects(redis.incr('io:bytes'), /ERR value is not an integer or out of range/);
    await assert.rejects(redis.call('nosuch'), /ERR unknown command/);
  });
  const subscriber = new Redis(port);
  subscriber.on('error', () => {});
  const messages = [];
  await check('ioredis: publish and subscribe', async () => {
    subscriber.on('message', (channel, text) => messages.push(`${channel}=${text}`));
    subscriber.on('pmessage', (pattern, channel, text) => messages.push(`${pattern}:${channel}=${text}`));
    await subscriber.subscribe('io:news');
    await subscriber.psubscribe('io:*');
    assert.equal(await redis.publish('io:news', 'hello'), 2);
    await until(() => messages.length === 2);
    assert.deepEqual(messages.sort(), ['io:*:io:news=hello', 'io:news=hello']);
  });
  await check('ioredis: reconnects after a restart, subscriptions too', async () => {
    await stop();
    await sleep(100);
    await start();
    assert.equal(await redis.set('io:again', '1'), 'OK');
    messages.length = 0;
    await until(async () => await redis.publish('io:news', 'again') === 2);
    await until(() => messages.includes('io:news=again'));
  });
  for (const client of [redis, other, subscriber]) client.disconnect();
}

// Sessions in database 0, a cache in 1 that is flushed: ioredis goes on in 0 when SELECT fails, and FLUSHDB would empty that.
async function databases() {
  const sessions = new Redis(port, '127.0.0.1');
  const cache = new Redis(port, '127.0.0.1', { db: 1 });
  await check('ioredis: a flushed cache in database 1 leaves database 0 as it is', async () => {
    await sessions.set('io:session', 'token');
    await cache.set('io:page', 'html', 'EX', 60);
    assert.equal(await sessions.get('io:page'), null);
    assert.equal(await cache.flushdb(), 'OK');
    assert.equal(await cache.dbsize(), 0);
    assert.equal(await sessions.get('io:session'), 'token');
    assert.deepEqual(await cache.multi().set('io:a', '1').move('io:a', 2).select(2).get('io:a').exec(), [[null, 'OK'], [null, 1], [null, 'OK'], [null, '1']]);
  });
  await check('ioredis: goes back to its database after a restart', async () => {
    await stop();
    await sleep(100);
    await start();
    await until(() => cache.status === 'ready' && sessions.status === 'ready');
    await cache.set('io:after', '1');
    assert.equal(await sessions.exists('io:after'), 0);
  });
  for (const one of [sessions, cache]) {
    one.on('error', () => {});
    one.disconnect();
  }
}

async function nodeRedis() {
  const url = `redis://127.0.0.1:${port}`;
  const client = createClient({ url });
  client.on('error', () => {});
  await check('node-redis: connect', async () => {
    await client.connect();
    assert.equal(await client.ping(), 'PONG');
  });
  await check('node-redis: speaks RESP3', async () => assert.match(String(await client.sendCommand(['CLIENT', 'INFO'])), /resp=3/));
  await check('node-redis: set and get', async () => {
    assert.equal(await client.set('nr', 'value'), 'OK');
    assert.equal(await client.get('nr'), 'value');
    assert.equal(await client.get('nr:none'), null);
    assert.equal(await client.set('nr', 'x', { condition: 'NX' }), null);
    assert.deepEqual(await client.mGet(['nr', 'nr:none']), ['value', null]);
    await client.mSet({ 'nr:a': '1', 'nr:b': '2' });
    assert.equal(await client.del(['nr:a', 'nr:b']), 2);
    assert.equal(await client.exists('nr:a'), 0);
  });
  await check('node-redis: expire', async () => {
    await client.set('nr:e', 'v', { expiration: { type: 'PX', value: 60 } });
    assert.ok(await client.pTTL('nr:e') > 0);
    await sleep(120);
    assert.equal(await client.get('nr:e'), null);
  });
  await check('node-redis: transaction', async () => {
    assert.deepEqual(await client.multi().set('nr:t', '1').incr('nr:t').get('nr:t').exec(), ['OK', 2, '2']);
    const pool = client.duplicate();
    pool.on('error', () => {});
    await pool.connect();
    await pool.watch('nr:t');
    await client.set('nr:t', 'changed');
    await assert.rejects(pool.multi().set('nr:t', 'lost').exec(), /watched/i);
    await pool.close();
  });
  await check('node-redis: 10000 at once', async () => {
    const replies = await Promise.all(Array.from({ length: 10000 }, (_, i) => (i % 2 ? client.get(`nr:p${i - 1}`) : client.set(`nr:p${i}`, String(i)))));
    replies.forEach((reply, i) => assert.equal(reply, i % 2 ? String(i - 1) : 'OK'));
  });
  await check('node-redis: scanIterator', async () => {
    const keys = new Set();
    for await (const some of client.scanIterator({ MATCH: 'nr:p*', COUNT: 500 })) [some].flat().forEach((key) => keys.add(key));
    assert.equal(keys.size, 5000);
  });
  await check('node-redis: errors', async () => assert.rejects(client.sendCommand(['NOSUCH']), /ERR unknown command/));
  const subscriber = client.duplicate();
  subscriber.on('error', () => {});
  const messages = [];
  await check('node-redis: publish and subscribe, also sharded', async () => {
    await subscriber.connect();
    await subscriber.subscribe('nr:news', (text) => messages.push(text));
    await subscriber.pSubscribe('nr:*', (text) => messages.push(`p:${text}`));
    await subscriber.sSubscribe('nr:shard', (text) => messages.push(`s:${text}`));
    assert.equal(await client.publish('nr:news', 'hello'), 2);
    assert.equal(await client.sPublish('nr:shard', 'there'), 1);
    await until(() => messages.length === 3);
    assert.deepEqual(messages.sort(), ['hello', 'p:hello', 's:there']);
  });
  await check('node-redis: reconnects after a restart, subscriptions too', async () => {
    await stop();
    await sleep(100);
    await start();
    await until(() => client.isReady && subscriber.isReady);
    assert.equal(await client.set('nr:again', '1'), 'OK');
    messages.length = 0;
    await until(async () => await client.publish('nr:news', 'again') === 2);
    await until(() => messages.includes('again'));
  });
  for (const one of [client, subscriber]) one.destroy();
}

await start();
try {
  await ioredis();
  await databases();
  await nodeRedis();
} finally {
  await stop();
}
console.log("all done");
process.exit(failed ? 1 : 0);
