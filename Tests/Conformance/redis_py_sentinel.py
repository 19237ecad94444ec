"""redis-py asks Sentinels for the master "m", and goes on by itself when that is another. Usage: redis_py_sentinel.py PORT,PORT,PORT

Prints "first PORT" when the first master takes writes, and one line a check when another one does."""
import sys
import time

import redis
from redis.sentinel import Sentinel

sentinels = [("127.0.0.1", int(port)) for port in sys.argv[1].split(",")]
master = Sentinel(sentinels, socket_timeout=1).master_for("m", socket_timeout=1)
first = None
end = time.monotonic() + 100
while time.monotonic() < end:
    try:
        master.set("redis-py", time.time())
        port = master.info("server")["tcp_port"]
        if first is None:
            first = port
            print("first %d" % first, flush=True)
        elif port != first:
            print("ok: redis-py goes on with the master that Sentinel has made", flush=True)
            break
    except redis.RedisError:
        pass
    time.sleep(0.02)
else:
    print("FAILED: redis-py does not find the master that Sentinel has made")
print("all done")
