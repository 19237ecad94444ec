<?php
// phpredis, as Debian has it, with the databases that Laravel uses: sessions and the queue in 0, the cache in 1, of which `artisan cache:clear` flushes one.
// Usage: php databases.php PORT      One line a check: "ok: …" or "FAILED: …".
$port = (int) $argv[1];
$failed = 0;

function check(string $name, callable $body): void
{
    global $failed;
    try {
        $body();
        echo "ok: phpredis: $name\n";
    } catch (Throwable $error) {
        $failed++;
        echo "FAILED: phpredis: $name: {$error->getMessage()}\n";
    }
}

function same($expected, $actual): void
{
    if ($expected !== $actual) {
        throw new Exception(var_export($actual, true) . ' instead of ' . var_export($expected, true));
    }
}

function connection(int $database): Redis
{
    global $port;
    $redis = new Redis();
    $redis->connect('127.0.0.1', $port, 5);
    if ($database !== 0) {
        same(true, $redis->select($database));
    }
    $redis->setOption(Redis::OPT_PREFIX, 'laravel_database_');
    return $redis;
}

check('the cache is flushed and the sessions stay', function () {
    $sessions = connection(0);
    $cache = connection(1);
    same(true, $sessions->setex('laravel_cache_session', 7200, serialize(['_token' => 'x'])));
    same(true, $cache->setex('laravel_cache:views', 600, serialize(42)));
    same(serialize(42), $cache->get('laravel_cache:views'));
    same(false, $sessions->get('laravel_cache:views'));
    same(true, $cache->flushDB());
    same(false, $cache->get('laravel_cache:views'));
    same(serialize(['_token' => 'x']), $sessions->get('laravel_cache_session'));
});

check('a database that there is not is an error, and the connection stays where it was', function () {
    $cache = connection(1);
    $cache->set('stays', '1');
    same(false, $cache->select(16));
    $other = connection(1);
    same('1', $other->get('stays'));
});

check('move, swapdb, a transaction in database 2', function () {
    $redis = connection(2);
    $redis->set('moved', '1');
    same(true, (bool) $redis->move('moved', 3));
    same(true, $redis->swapdb(2, 3));
    same('1', $redis->get('moved'));
    same([true, 2], $redis->multi()->set('n', 1)->incr('n')->exec());
    same(2, $redis->dbSize());
    same(true, $redis->flushDB());
});

echo "all done\n";
exit($failed ? 1 : 0);
