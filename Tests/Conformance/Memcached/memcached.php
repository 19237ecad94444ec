<?php
// php-memcached, as Debian has it, against a node. Usage: memcached.php PORT. One line a check.
$port = (int) $argv[1];
$failed = 0;

function check(string $name, bool $right): void
{
    global $failed, $memcached;
    $failed += $right ? 0 : 1;
    echo ($right ? "ok: " : "FAILED: ") . "php-memcached: $name" . ($right ? "" : " (" . $memcached->getResultMessage() . ")") . "\n";
}

$memcached = new Memcached();
$memcached->addServer("127.0.0.1", $port);
check("version", preg_match('/^1\.6\./', current($memcached->getVersion())) === 1);
$values = ["text", 5, 2.5, true, null, [1, "two", [3]], str_repeat("long ", 5000), "\0\r\nEND\r\n"];
foreach ($values as $i => $value) {
    check("a value of type " . gettype($value), $memcached->set("php:$i", $value) && $memcached->get("php:$i") === $value);
}

check("a miss", $memcached->get("php:none") === false && $memcached->getResultCode() === Memcached::RES_NOTFOUND);
check("add", $memcached->add("php:0", 1) === false && $memcached->getResultCode() === Memcached::RES_NOTSTORED);
check("replace", $memcached->replace("php:0", 1) && !$memcached->replace("php:none", 1));
check("setMulti and getMulti", $memcached->setMulti(["php:a" => 1, "php:b" => "2"]) && $memcached->getMulti(["php:a", "php:b", "php:c"]) === ["php:a" => 1, "php:b" => "2"]);
$extended = $memcached->get("php:a", null, Memcached::GET_EXTENDED);
check("cas", $memcached->cas($extended["cas"], "php:a", 5) && !$memcached->cas($extended["cas"], "php:a", 6) && $memcached->getResultCode() === Memcached::RES_DATA_EXISTS);
check("increment and decrement", $memcached->set("php:n", 10) && $memcached->increment("php:n", 5) === 15 && $memcached->decrement("php:n", 100) === 0);
check("touch", $memcached->touch("php:n", 100) && !$memcached->touch("php:none", 100));
$memcached->setOption(Memcached::OPT_COMPRESSION, false);
check("append and prepend", $memcached->set("php:s", "b") && $memcached->append("php:s", "c") && $memcached->prepend("php:s", "a") && $memcached->get("php:s") === "abc");
check("delete", $memcached->delete("php:s") && !$memcached->delete("php:s"));
check("too large", !$memcached->set("php:l", str_repeat("x", 2000000)) && $memcached->set("php:l", "small"));
check("getStats", current($memcached->getStats())["curr_items"] > 0);
$memcached->setOption(Memcached::OPT_NO_BLOCK, true);
$memcached->setOption(Memcached::OPT_BUFFER_WRITES, true);
for ($i = 0; $i < 1000; $i++) {
    $memcached->set("php:many:$i", $i);
}
check("1000 buffered writes", $memcached->flushBuffers() && $memcached->get("php:many:999") === 999);
check("flush", $memcached->flush() && $memcached->get("php:a") === false);
echo "all done\n";
exit($failed ? 1 : 0);
