"""pymemcache, as Debian has it, against a node. Usage: pymemcache_check.py PORT. One line a check."""
import sys

from pymemcache.client.base import Client, PooledClient
from pymemcache.client.hash import HashClient
from pymemcache.exceptions import MemcacheServerError
from pymemcache import serde

address = ("127.0.0.1", int(sys.argv[1]))
failed = 0


def check(name, body):
    global failed
    try:
        body()
        print("ok: pymemcache: " + name, flush=True)
    except Exception as error:  # every failure is one line
        failed += 1
        print("FAILED: pymemcache: %s: %r" % (name, error), flush=True)


def values():
    assert client.set("py", b"\x00\xff\r\nEND\r\n") is True
    assert client.get("py") == b"\x00\xff\r\nEND\r\n"
    assert client.get("py:none") is None and client.get("py:none", 5) == 5
    assert client.add("py", "x", noreply=False) is False
    assert client.replace("py", "y", noreply=False) is True
    assert client.append("py", "z", noreply=False) and client.prepend("py", "x", noreply=False) and client.get("py") == b"xyz"
    assert client.delete("py", noreply=False) is True and client.delete("py", noreply=False) is False


def many():
    assert client.set_many({"py:%d" % i: str(i) for i in range(1000)}, noreply=False) == []
    assert client.get_many(["py:%d" % i for i in range(1001)]) == {"py:%d" % i: str(i).encode() for i in range(1000)}
    assert client.delete_many(["py:%d" % i for i in range(1000)], noreply=False)


def unique():
    client.set("py:c", "1", noreply=False)
    value, cas = client.gets("py:c")
    assert value == b"1" and client.cas("py:c", "2", cas, noreply=False) is True
    assert client.cas("py:c", "3", cas, noreply=False) is False
    assert client.cas("py:none", "3", cas, noreply=False) is None


def numbers():
    client.set("py:n", "10", noreply=False)
    assert client.incr("py:n", 5) == 15 and client.decr("py:n", 100) == 0
    assert client.incr("py:none", 1) is None


def times():
    client.set("py:t", "1", expire=100, noreply=False)
    assert client.touch("py:t", 0, noreply=False) is True and client.touch("py:none", 5, noreply=False) is False
    client.set("py:t", "1", expire=-1, noreply=False)
    assert client.get("py:t") is None


def objects():
    typed = Client(address, serde=serde.pickle_serde)
    for value in (5, "text", b"bytes", {"a": [1, 2.5, None]}):
        typed.set("py:o", value, noreply=False)
        assert typed.get("py:o") == value
    typed.close()


def large():
    client.set("py:l", b"x" * 1_000_000, noreply=False)
    assert client.get("py:l") == b"x" * 1_000_000
    try:
        client.set("py:l", b"x" * 2_000_000, noreply=False)
        raise AssertionError("too large, and stored")
    except MemcacheServerError as error:
        assert b"too large" in error.args[0] if isinstance(error.args[0], bytes) else "too large" in str(error), error
    assert client.get("py:l") is None


def others():
    pool = PooledClient(address, max_pool_size=4)
    assert pool.set("py:p", "1", noreply=False) and pool.get("py:p") == b"1"
    ring = HashClient([address])
    assert ring.set("py:h", "1", noreply=False) and ring.get("py:h") == b"1"


def server():
    stats = client.stats()
    assert stats[b"cmd_get"] > 0 and stats[b"curr_items"] > 0, stats
    assert client.version().startswith(b"1.6."), client.version()
    assert client.flush_all(noreply=False) is True and client.get("py:p") is None


client = Client(address, connect_timeout=10, timeout=20)
check("values", values)
check("1000 keys", many)
check("gets and cas", unique)
check("incr and decr", numbers)
check("times", times)
check("objects, whose type is in the flags", objects)
check("large values", large)
check("pool and ring", others)
check("stats, version, flush_all", server)
print("all done", flush=True)
sys.exit(1 if failed else 0)
