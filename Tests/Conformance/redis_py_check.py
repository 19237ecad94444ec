"""redis-py, as Debian has it, against a node. Usage: redis_py_check.py PORT. One line a check."""
import sys
import threading
import time

import redis

port = int(sys.argv[1])
failed = 0


def check(name, body):
    global failed
    try:
        body()
        print("ok: redis-py: " + name, flush=True)
    except Exception as error:  # every failure is one line
        failed += 1
        print("FAILED: redis-py: %s: %r" % (name, error), flush=True)


def strings():
    assert client.set("py", b"\x00\xff\r\n") is True
    assert client.get("py") == b"\x00\xff\r\n"
    assert client.get("py:none") is None
    assert client.set("py", 1, nx=True) is None
    assert client.mset({"py:a": 1, "py:b": 2}) and client.mget("py:a", "py:b", "py:c") == [b"1", b"2", None]
    assert client.incrbyfloat("py:f", 0.25) == 0.25
    assert client.setbit("py:bits", 7, 1) == 0 and client.bitcount("py:bits") == 1
    assert client.bitfield("py:bits").set("u8", 0, 255).get("u4", 0).execute() == [1, 15]


def expiry():
    assert client.psetex("py:e", 50, "x") and 0 < client.pttl("py:e") <= 50
    time.sleep(0.1)
    assert client.get("py:e") is None and client.ttl("py:e") == -2


def transaction():
    with client.pipeline() as pipeline:
        pipeline.watch("py:t")
        client.set("py:t", 1)
        pipeline.multi()
        pipeline.incr("py:t")
        try:
            pipeline.execute()
            raise AssertionError("the watched key had changed")
        except redis.WatchError:
            pass
    assert client.pipeline().incr("py:t").incr("py:t").execute() == [2, 3]


def locks():
    # redis-py's own lock takes it with SET NX PX; giving it back needs EVAL, which does not exist here.
    lock = redis.lock.Lock(client, "py:lock", timeout=5, thread_local=False)
    assert lock.acquire(blocking=False) and not redis.lock.Lock(client, "py:lock", timeout=5).acquire(blocking=False)


def messages():
    subscriber = client.pubsub(ignore_subscribe_messages=True)
    subscriber.subscribe("py:news")
    subscriber.psubscribe("py:*")
    received = []
    deadline = time.time() + 10
    while client.pubsub_numsub("py:news")[0][1] == 0 or client.pubsub_numpat() == 0:
        subscriber.get_message(timeout=0.1)
        assert time.time() < deadline
    threading.Timer(0.1, lambda: client.publish("py:news", "hello")).start()
    while len(received) < 2 and time.time() < deadline:
        message = subscriber.get_message(timeout=0.1)
        if message:
            received.append(message["type"])
    assert sorted(received) == ["message", "pmessage"], received
    subscriber.close()


def scan():
    client.mset({"py:s%d" % i: i for i in range(1000)})
    assert len(set(client.scan_iter("py:s*", count=50))) == 1000
    assert client.dump("py:a") and client.restore("py:r", 0, client.dump("py:a")) and client.get("py:r") == b"1"


def server():
    assert client.info()["redis_version"].startswith("7.")
    assert client.config_get("maxmemory*")["maxmemory"]
    assert client.client_list() and client.client_id() > 0
    assert client.memory_usage("py") > 0
    assert client.command_count() > 80 and client.command()["get"]["arity"] == 2
    assert client.time()[0] > 0 and client.role()[0] in (b"master", "master") and client.slowlog_get() is not None


def databases():
    # As django-redis in NetBox: redis://HOST/1 for the cache, which is cleared with FLUSHDB; tasks and sessions in 0.
    tasks = redis.Redis.from_url("redis://127.0.0.1:%d/0" % port)
    cache = redis.Redis.from_url("redis://127.0.0.1:%d/1" % port)
    assert tasks.set("py:task", "waiting") and cache.set(":1:py:view", b"page", ex=300, nx=True)
    assert cache.get(":1:py:view") == b"page" and tasks.get(":1:py:view") is None
    assert cache.expire(":1:py:view", 600) and 590 < cache.ttl(":1:py:view") <= 600
    assert list(cache.scan_iter(match=":1:py:*", count=10)) == [b":1:py:view"] and cache.info("keyspace")["db1"]["keys"] == 1
    assert cache.flushdb() and cache.dbsize() == 0 and tasks.get("py:task") == b"waiting"
    assert tasks.move("py:task", 1) and cache.get("py:task") == b"waiting" and cache.swapdb(1, 4) and cache.get("py:task") is None
    try:
        redis.Redis(port=port, db=16).get("x")
        raise AssertionError("there is no database 16")
    except redis.ResponseError as error:
        assert "DB index is out of range" in str(error)


client = redis.Redis(port=port, socket_timeout=10)
for name, body in (("strings", strings), ("expiry", expiry), ("transaction and WATCH", transaction), ("lock", locks), ("publish and subscribe", messages), ("scan, dump, restore", scan), ("databases", databases), ("server", server)):
    check(name, body)
print("all done")
sys.exit(1 if failed else 0)
