using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The text from which <see cref="CommandDetails"/> reads: what Redis 7.0.15 answers to COMMAND INFO and COMMAND DOCS, from its
/// documentation (BSD licence). A line for each command, with tildes between its fields: name, flags of its keys (several
/// specifications with &amp; between, a note behind @), ACL categories, tips, summary, complexity, arguments, history and remarks.
/// </summary>
internal static class CommandDetailsText
{
    /// <summary>All lines, in the order of the names.</summary>
    public static ReadOnlySpan<byte> Lines =>
        """
        append~RW insert~@write @string @fast~~Append a value to a key~O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by Redis will double the free space available on every reallocation.~k0key,svalue
        asking~~@fast @connection~~Sent by cluster clients after an -ASK redirect~O(1)
        auth~~@fast @connection~~Authenticate to the server~O(N) where N is the number of passwords defined for the user~s?username@6.0.0,spassword~6.0.0 Added ACL style (username and password).
        bgrewriteaof~~@admin @slow @dangerous~~Asynchronously rewrite the append-only file~O(1)
        bgsave~~@admin @slow @dangerous~~Asynchronously save the dataset to disk~O(1)~t?schedule@3.2.2~3.2.2 Added the `SCHEDULE` option.
        bitcount~RO access~@read @bitmap @slow~~Count set bits in a string~O(N)~k0key,b?index{istart,iend,o?index_unit@7.0.0{tbyte,tbit}}~7.0.0 Added the `BYTE|BIT` option.
        bitfield~RW access update variable_flags@This command allows both access and modification of the key~@write @bitmap @slow~~Perform arbitrary bitfield integer operations on strings~O(1) for each subcommand specified~k0key,o?*operation{bencoding_offset=GET{sencoding,ioffset},bwrite{o?wrap_sat_fail=OVERFLOW{twrap,tsat,tfail},owrite_operation{bencoding_offset_value=SET{sencoding,ioffset,ivalue},bencoding_offset_increment=INCRBY{sencoding,ioffset,iincrement}}}}
        bitfield_ro~RO access~@read @bitmap @fast~~Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD~O(1) for each subcommand specified~k0key,b?*+encoding_offset=GET{sencoding,ioffset}
        bitop~OW update&RO access~@write @bitmap @slow~~Perform bitwise operations between strings~O(N)~soperation,k0destkey,k1*key
        bitpos~RO access~@read @bitmap @slow~~Find first bit set or clear in a string~O(N)~k0key,ibit,b?index{istart,b?end_index{iend,o?index_unit@7.0.0{tbyte,tbit}}}~7.0.0 Added the `BYTE|BIT` option.
        client~~@slow~~A container for client connection commands~Depends on subcommand.
        client|caching~~@slow @connection~~Instruct the server about tracking or not keys in the next request~O(1)~omode{tyes,tno}
        client|getname~~@slow @connection~~Get the current connection name~O(1)
        client|getredir~~@slow @connection~~Get tracking notifications redirection client ID if any~O(1)
        client|help~~@slow @connection~~Show helpful text about the different subcommands~O(1)
        client|id~~@slow @connection~~Returns the client ID for the current connection~O(1)
        client|info~~@slow @connection~nondeterministic_output~Returns information about the current client connection.~O(1)
        client|kill~~@admin @slow @dangerous @connection~~Kill the connection of a client~O(N) where N is the number of client connections~ofilter{sip:port!2.8.12,o*new-format{i?client-id=ID@2.8.12,o?normal_master_slave_pubsub=TYPE@2.8.12{tnormal,tmaster@3.2.0,tslave,treplica@5.0.0,tpubsub},s?username=USER,s?ip:port=ADDR,s?ip:port=LADDR@6.2.0,s?yes/no=SKIPME}}~2.8.12 Added new filter format.^2.8.12 `ID` option.^3.2.0 Added `master` type in for `TYPE` option.^5.0.0 Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.^6.2.0 `LADDR` option.
        client|list~~@admin @slow @dangerous @connection~nondeterministic_output~Get the list of client connections~O(N) where N is the number of client connections~o?normal_master_replica_pubsub=TYPE@5.0.0{tnormal,tmaster,treplica,tpubsub},b?id=ID@6.2.0{i*client-id}~2.8.12 Added unique client `id` field.^5.0.0 Added optional `TYPE` filter.^6.0.0 Added `user` field.^6.2.0 Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter.^7.0.0 Added `resp`, `multi-mem`, `rbs` and `rbp` fields.^7.0.3 Added `ssub` field.
        client|no-evict~~@admin @slow @dangerous @connection~~Set client eviction mode for the current connection~O(1)~oenabled{ton,toff}
        client|no-touch~~@slow @connection~~Controls whether commands sent by the client affect the LRU/LFU of accessed keys.~O(1)
        client|pause~~@admin @slow @dangerous @connection~~Stop processing commands from clients for some time~O(1)~itimeout,o?mode@6.2.0{twrite,tall}~6.2.0 `CLIENT PAUSE WRITE` mode added along with the `mode` option.
        client|reply~~@slow @connection~~Instruct the server whether to reply to commands~O(1)~oon_off_skip{ton,toff,tskip}
        client|setinfo~~@slow @connection~request_policy:all_nodes response_policy:all_succeeded~Set client or connection specific info~O(1)
        client|setname~~@slow @connection~~Set the current connection name~O(1)~sconnection-name
        client|trackinginfo~~@slow @connection~~Return information about server assisted client side caching for the current connection~O(1)
        client|unblock~~@admin @slow @dangerous @connection~~Unblock a client blocked in a blocking command from a different connection~O(log N) where N is the number of client connections~iclient-id,o?timeout_error{ttimeout,terror}
        client|unpause~~@admin @slow @dangerous @connection~~Resume processing of clients that were paused~O(N) Where N is the number of paused clients
        cluster~~@slow~~A container for cluster commands~Depends on subcommand.
        command~~@slow @connection~nondeterministic_output_order~Get array of Redis command details~O(N) where N is the total number of Redis commands
        command|count~~@slow @connection~~Get total number of Redis commands~O(1)
        command|docs~~@slow @connection~nondeterministic_output_order~Get array of specific Redis command documentation~O(N) where N is the number of commands to look up~s?*command-name
        command|getkeys~~@slow @connection~~Extract keys given a full Redis command~O(N) where N is the number of arguments to the command
        command|getkeysandflags~~@slow @connection~~Extract keys and access flags given a full Redis command~O(N) where N is the number of arguments to the command
        command|help~~@slow @connection~~Show helpful text about the different subcommands~O(1)
        command|info~~@slow @connection~nondeterministic_output_order~Get array of specific Redis command details, or all when no argument is given.~O(N) where N is the number of commands to look up~s?*command-name~7.0.0 Allowed to be called with no argument to get info on all commands.
        command|list~~@slow @connection~nondeterministic_output_order~Get an array of Redis command names~O(N) where N is the total number of Redis commands~o?filterby=FILTERBY{smodule-name=MODULE,scategory=ACLCAT,ppattern=PATTERN}
        config~~@slow~~A container for server configuration commands~Depends on subcommand.
        config|get~~@admin @slow @dangerous~~Get the values of configuration parameters~O(N) when N is the number of configuration parameters provided~b*parameter{sparameter}~7.0.0 Added the ability to pass multiple pattern parameters in one call
        config|help~~@slow~~Show helpful text about the different subcommands~O(1)
        config|reload~~@admin @slow @dangerous~~Read the files of settings again~O(1)
        config|resetstat~~@admin @slow @dangerous~~Reset the stats returned by INFO~O(1)
        config|rewrite~~@admin @slow @dangerous~~Rewrite the configuration file with the in memory configuration~O(1)
        config|set~~@admin @slow @dangerous~request_policy:all_nodes response_policy:all_succeeded~Set configuration parameters to the given values~O(N) when N is the number of configuration parameters provided~b*parameter_value{sparameter,svalue}~7.0.0 Added the ability to set multiple parameters in one call.
        copy~RO access&OW update~@keyspace @write @slow~~Copy a key~O(N) worst case for collections, where N is the number of nested items. O(1) for string values.~k0source,k1destination,i?destination-db=DB,t?replace
        dbsize~~@keyspace @read @fast~request_policy:all_shards response_policy:agg_sum~Return the number of keys in the selected database~O(1)
        debug~~@admin @slow @dangerous~~A container for debugging commands~Depends on subcommand.~~~syscmd
        decr~RW access update~@write @string @fast~~Decrement the integer value of a key by one~O(1)~k0key
        decrby~RW access update~@write @string @fast~~Decrement the integer value of a key by the given number~O(1)~k0key,idecrement
        del~RM delete~@keyspace @write @slow~request_policy:multi_shard response_policy:agg_sum~Delete a key~O(N) where N is the number of keys that will be removed. When a key to remove holds a value other than a string, the individual complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).~k0*key
        discard~~@fast @transaction~~Discard all commands issued after MULTI~O(N), when N is the number of queued commands
        dump~RO access~@keyspace @read @slow~nondeterministic_output~Return a serialized version of the value stored at the specified key.~O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).~k0key
        echo~~@fast @connection~~Echo the given string~O(1)~smessage
        exec~~@slow @transaction~~Execute all commands issued after MULTI~Depends on commands in the transaction
        exists~RO~@keyspace @read @fast~request_policy:multi_shard response_policy:agg_sum~Determine if a key exists~O(N) where N is the number of keys to check.~k0*key~3.0.3 Accepts multiple `key` arguments.
        expire~RW update~@keyspace @write @fast~~Set a key's time to live in seconds~O(1)~k0key,iseconds,o?condition@7.0.0{tnx,txx,tgt,tlt}~7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.
        expireat~RW update~@keyspace @write @fast~~Set the expiration for a key as a UNIX timestamp~O(1)~k0key,uunix-time-seconds,o?condition@7.0.0{tnx,txx,tgt,tlt}~7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.
        expiretime~RO access~@keyspace @read @fast~~Get the expiration Unix timestamp for a key~O(1)~k0key
        failover~~@admin @slow @dangerous~~Start a coordinated failover between this server and one of its replicas.~O(1)~b?target=TO{shost,iport,t?force},t?abort,i?milliseconds=TIMEOUT
        flushall~~@keyspace @write @slow @dangerous~request_policy:all_shards response_policy:all_succeeded~Remove all keys from all databases~O(N) where N is the total number of keys in all databases~o?async{tasync@4.0.0,tsync@6.2.0}~4.0.0 Added the `ASYNC` flushing mode modifier.^6.2.0 Added the `SYNC` flushing mode modifier.
        flushdb~~@keyspace @write @slow @dangerous~request_policy:all_shards response_policy:all_succeeded~Remove all keys from the current database~O(N) where N is the number of keys in the selected database~o?async{tasync@4.0.0,tsync@6.2.0}~4.0.0 Added the `ASYNC` flushing mode modifier.^6.2.0 Added the `SYNC` flushing mode modifier.
        function~~@slow~~A container for function commands~Depends on subcommand.
        function|flush~~@write @slow @scripting~request_policy:all_shards response_policy:all_succeeded~Deleting all functions~O(N) where N is the number of functions deleted~o?async{tasync,tsync}
        function|help~~@slow @scripting~~Show helpful text about the different subcommands~O(1)
        get~RO access~@read @string @fast~~Get the value of a key~O(1)~k0key
        getbit~RO access~@read @bitmap @fast~~Returns the bit value at offset in the string value stored at key~O(1)~k0key,ioffset
        getdel~RW access delete~@write @string @fast~~Get the value of a key and delete the key~O(1)~k0key
        getex~RW access update@RW and UPDATE because it changes the TTL~@write @string @fast~~Get the value of a key and optionally set its expiration~O(1)~k0key,o?expiration{iseconds=EX,imilliseconds=PX,uunix-time-seconds=EXAT,uunix-time-milliseconds=PXAT,tpersist}
        getrange~RO access~@read @string @slow~~Get a substring of the string stored at a key~O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.~k0key,istart,iend
        getset~RW access update~@write @string @fast~~Set the string value of a key and return its old value~O(1)~k0key,svalue~~deprecated^6.2.0^`SET` with the `!GET` argument
        hello~~@fast @connection~~Handshake with Redis~O(1)~b?arguments{iprotover,b?username_password=AUTH{susername,spassword},s?clientname=SETNAME}~6.2.0 `protover` made optional; when called without arguments the command reports the current connection's context.
        incr~RW access update~@write @string @fast~~Increment the integer value of a key by one~O(1)~k0key
        incrby~RW access update~@write @string @fast~~Increment the integer value of a key by the given amount~O(1)~k0key,iincrement
        incrbyfloat~RW access update~@write @string @fast~~Increment the float value of a key by the given amount~O(1)~k0key,dincrement
        info~~@slow @dangerous~nondeterministic_output request_policy:all_shards response_policy:special~Get information and statistics about the server~O(1)~s?*section~7.0.0 Added support for taking multiple section arguments.
        keys~~@keyspace @read @slow @dangerous~request_policy:all_shards nondeterministic_output_order~Find all keys matching the given pattern~O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.~ppattern
        lastsave~~@admin @fast @dangerous~nondeterministic_output~Get the UNIX time stamp of the last successful save to disk~O(1)
        latency~~@slow~~A container for latency diagnostics commands~Depends on subcommand.
        latency|doctor~~@admin @slow @dangerous~nondeterministic_output request_policy:all_nodes response_policy:special~Return a human readable latency analysis report.~O(1)
        latency|graph~~@admin @slow @dangerous~nondeterministic_output request_policy:all_nodes response_policy:special~Return a latency graph for the event.~O(1)~sevent
        latency|help~~@slow~~Show helpful text about the different subcommands.~O(1)
        latency|histogram~~@admin @slow @dangerous~nondeterministic_output request_policy:all_nodes response_policy:special~Return the cumulative distribution of latencies of a subset of commands or all.~O(N) where N is the number of commands with latency information being retrieved.~s?*command
        latency|history~~@admin @slow @dangerous~nondeterministic_output request_policy:all_nodes response_policy:special~Return timestamp-latency samples for the event.~O(1)~sevent
        latency|latest~~@admin @slow @dangerous~nondeterministic_output request_policy:all_nodes response_policy:special~Return the latest latency samples for all events.~O(1)
        latency|reset~~@admin @slow @dangerous~request_policy:all_nodes response_policy:all_succeeded~Reset latency data for one or more events.~O(1)~s?*event
        lcs~RO access~@read @string @slow~~Find longest common substring~O(N*M) where N and M are the lengths of s1 and s2, respectively~k0key1,k0key2,t?len,t?idx,i?len=MINMATCHLEN,t?withmatchlen
        lolwut~~@read @fast~~Display some computer art and the Redis version~~i?version=VERSION
        memory~~@slow~~A container for memory diagnostics commands~Depends on subcommand.
        memory|doctor~~@slow~nondeterministic_output request_policy:all_shards response_policy:special~Outputs memory problems report~O(1)
        memory|help~~@slow~~Show helpful text about the different subcommands~O(1)
        memory|malloc-stats~~@slow~nondeterministic_output request_policy:all_shards response_policy:special~Show allocator internal stats~Depends on how much memory is allocated, could be slow
        memory|purge~~@slow~request_policy:all_shards response_policy:all_succeeded~Ask the allocator to release memory~Depends on how much memory is allocated, could be slow
        memory|stats~~@slow~nondeterministic_output request_policy:all_shards response_policy:special~Show memory usage details~O(1)
        memory|usage~RO~@read @slow~~Estimate the memory usage of a key~O(N) where N is the number of samples.~k0key,i?count=SAMPLES
        mget~RO access~@read @string @fast~request_policy:multi_shard~Get the values of all the given keys~O(N) where N is the number of keys to retrieve.~k0*key
        monitor~~@admin @slow @dangerous~~Listen for all requests received by the server in real time
        move~RW access update~@keyspace @write @fast~~Move a key to another database~O(1)~k0key,idb
        mset~OW update~@write @string @slow~request_policy:multi_shard response_policy:all_succeeded~Set multiple keys to multiple values~O(N) where N is the number of keys to set.~b*key_value{k0key,svalue}
        msetnx~OW insert~@write @string @slow~request_policy:multi_shard response_policy:agg_min~Set multiple keys to multiple values, only if none of the keys exist~O(N) where N is the number of keys to set.~b*key_value{k0key,svalue}
        multi~~@fast @transaction~~Mark the start of a transaction block~O(1)
        object~~@slow~~A container for object introspection commands~Depends on subcommand.
        object|encoding~RO~@keyspace @read @slow~nondeterministic_output~Inspect the internal encoding of a Redis object~O(1)~k0key
        object|freq~RO~@keyspace @read @slow~nondeterministic_output~Get the logarithmic access frequency counter of a Redis object~O(1)~k0key
        object|help~~@keyspace @slow~~Show helpful text about the different subcommands~O(1)
        object|idletime~RO~@keyspace @read @slow~nondeterministic_output~Get the time since a Redis object was last accessed~O(1)~k0key
        object|refcount~RO~@keyspace @read @slow~nondeterministic_output~Get the number of references to the value of the key~O(1)~k0key
        persist~RW update~@keyspace @write @fast~~Remove the expiration from a key~O(1)~k0key
        pexpire~RW update~@keyspace @write @fast~~Set a key's time to live in milliseconds~O(1)~k0key,imilliseconds,o?condition@7.0.0{tnx,txx,tgt,tlt}~7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.
        pexpireat~RW update~@keyspace @write @fast~~Set the expiration for a key as a UNIX timestamp specified in milliseconds~O(1)~k0key,uunix-time-milliseconds,o?condition@7.0.0{tnx,txx,tgt,tlt}~7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.
        pexpiretime~RO access~@keyspace @read @fast~~Get the expiration Unix timestamp for a key in milliseconds~O(1)~k0key
        ping~~@fast @connection~request_policy:all_shards response_policy:all_succeeded~Ping the server~O(1)~s?message
        psetex~OW update~@write @string @slow~~Set the value and expiration in milliseconds of a key~O(1)~k0key,imilliseconds,svalue
        psync~~@admin @slow @dangerous~~Internal command used for replication~~sreplicationid,ioffset
        psubscribe~~@pubsub @slow~~Listen for messages published to channels matching the given patterns~O(N) where N is the number of patterns the client is already subscribed to.~b*pattern{ppattern}
        pttl~RO access~@keyspace @read @fast~nondeterministic_output~Get the time to live for a key in milliseconds~O(1)~k0key~2.8.0 Added the -2 reply.
        publish~~@pubsub @fast~~Post a message to a channel~O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).~schannel,smessage
        pubsub~~@slow~~A container for Pub/Sub commands~Depends on subcommand.
        pubsub|channels~~@pubsub @slow~~List active channels~O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)~p?pattern
        pubsub|help~~@slow~~Show helpful text about the different subcommands~O(1)
        pubsub|numpat~~@pubsub @slow~~Get the count of unique patterns pattern subscriptions~O(1)
        pubsub|numsub~~@pubsub @slow~~Get the count of subscribers for channels~O(N) for the NUMSUB subcommand, where N is the number of requested channels~s?*channel
        pubsub|shardchannels~~@pubsub @slow~~List active shard channels~O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).~p?pattern
        pubsub|shardnumsub~~@pubsub @slow~~Get the count of subscribers for shard channels~O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels~s?*shardchannel
        punsubscribe~~@pubsub @slow~~Stop listening for messages posted to channels matching the given patterns~O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).~p?*pattern
        quit~~@fast @connection~~Close the connection~O(1)
        randomkey~~@keyspace @read @slow~request_policy:all_shards nondeterministic_output~Return a random key from the keyspace~O(1)
        readonly~~@fast @connection~~Enables read queries for a connection to a cluster replica node~O(1)
        readwrite~~@fast @connection~~Disables read queries for a connection to a cluster replica node~O(1)
        rename~RW access delete&OW update~@keyspace @write @slow~~Rename a key~O(1)~k0key,k1newkey
        renamenx~RW access delete&OW insert~@keyspace @write @fast~~Rename a key, only if the new key does not exist~O(1)~k0key,k1newkey~3.2.0 The command no longer returns an error when source and destination names are the same.
        replconf~~@admin @slow @dangerous~~An internal command for configuring the replication stream~O(1)~~~syscmd
        replicaof~~@admin @slow @dangerous~~Make the server a replica of another instance, or promote it as master.~O(1)~oargs{bhost-port{shost,iport},bno-one{tno,tone}}
        reset~~@fast @connection~~Reset the connection~O(1)
        restore~OW update~@keyspace @write @slow @dangerous~~Create a key using the provided serialized value, previously obtained using DUMP.~O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).~k0key,ittl,sserialized-value,t?replace@3.0.0,t?absttl@5.0.0,i?seconds=IDLETIME@5.0.0,i?frequency=FREQ@5.0.0~3.0.0 Added the `REPLACE` modifier.^5.0.0 Added the `ABSTTL` modifier.^5.0.0 Added the `IDLETIME` and `FREQ` options.
        role~~@admin @fast @dangerous~~Return the role of the instance in the context of replication~O(1)
        save~~@admin @slow @dangerous~~Synchronously save the dataset to disk~O(N) where N is the total number of keys in all databases
        scan~~@keyspace @read @slow~nondeterministic_output request_policy:special~Incrementally iterate the keys space~O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.~icursor,p?pattern=MATCH,i?count=COUNT,s?type=TYPE@6.0.0~6.0.0 Added the `TYPE` subcommand.
        select~~@fast @connection~~Change the selected database for the current connection~O(1)~iindex
        set~RW access update variable_flags@RW and ACCESS due to the optional `GET` argument~@write @string @slow~~Set the string value of a key~O(1)~k0key,svalue,o?condition@2.6.12{tnx,txx},t?get@6.2.0,o?expiration{iseconds=EX@2.6.12,imilliseconds=PX@2.6.12,uunix-time-seconds=EXAT@6.2.0,uunix-time-milliseconds=PXAT@6.2.0,tkeepttl@6.0.0}~2.6.12 Added the `EX`, `PX`, `NX` and `XX` options.^6.0.0 Added the `KEEPTTL` option.^6.2.0 Added the `GET`, `EXAT` and `PXAT` option.^7.0.0 Allowed the `NX` and `GET` options to be used together.
        setbit~RW access update~@write @bitmap @slow~~Sets or clears the bit at offset in the string value stored at key~O(1)~k0key,ioffset,ivalue
        setex~OW update~@write @string @slow~~Set the value and expiration of a key~O(1)~k0key,iseconds,svalue
        setnx~OW insert~@write @string @fast~~Set the value of a key, only if the key does not exist~O(1)~k0key,svalue
        setrange~RW update~@write @string @slow~~Overwrite part of a string at key starting at the specified offset~O(1), not counting the time taken to copy the new string in place. Usually, this string is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.~k0key,ioffset,svalue
        shutdown~~@admin @slow @dangerous~~Synchronously save the dataset to disk and then shut down the server~O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)~o?nosave_save{tnosave,tsave},t?now@7.0.0,t?force@7.0.0,t?abort@7.0.0~7.0.0 Added the `NOW`, `FORCE` and `ABORT` modifiers.
        slaveof~~@admin @slow @dangerous~~Make the server a replica of another instance, or promote it as master.~O(1)~oargs{bhost-port{shost,iport},bno-one{tno,tone}}~~deprecated^5.0.0^`REPLICAOF`
        slowlog~~@slow~~A container for slow log commands~Depends on subcommand.
        slowlog|get~~@admin @slow @dangerous~request_policy:all_nodes nondeterministic_output~Get the slow log's entries~O(N) where N is the number of entries returned~i?count~4.0.0 Added client IP address, port and name to the reply.
        slowlog|help~~@slow~~Show helpful text about the different subcommands~O(1)
        slowlog|len~~@admin @slow @dangerous~request_policy:all_nodes response_policy:agg_sum nondeterministic_output~Get the slow log's length~O(1)
        slowlog|reset~~@admin @slow @dangerous~request_policy:all_nodes response_policy:all_succeeded~Clear all entries from the slow log~O(N) where N is the number of entries in the slowlog
        spublish~not_key~@pubsub @fast~~Post a message to a shard channel~O(N) where N is the number of clients subscribed to the receiving shard channel.~sshardchannel,smessage
        ssubscribe~not_key~@pubsub @slow~~Listen for messages published to the given shard channels~O(N) where N is the number of shard channels to subscribe to.~s*shardchannel
        strlen~RO~@read @string @fast~~Get the length of the value stored in a key~O(1)~k0key
        subscribe~~@pubsub @slow~~Listen for messages published to the given channels~O(N) where N is the number of channels to subscribe to.~s*channel
        substr~RO access~@read @string @slow~~Get a substring of the string stored at a key~O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned length, but because creating a substring from an existing string is very cheap, it can be considered O(1) for small strings.~k0key,istart,iend~~deprecated^2.0.0^`GETRANGE`
        sunsubscribe~not_key~@pubsub @slow~~Stop listening for messages posted to the given shard channels~O(N) where N is the number of clients already subscribed to a shard channel.~s?*shardchannel
        swapdb~~@keyspace @write @fast @dangerous~~Swaps two Redis databases~O(N) where N is the count of clients watching or blocking on keys from both databases.~iindex1,iindex2
        sync~~@admin @slow @dangerous~~Internal command used for replication~
        time~~@fast~nondeterministic_output~Return the current server time~O(1)
        touch~RO~@keyspace @read @fast~request_policy:multi_shard response_policy:agg_sum~Alters the last access time of a key(s). Returns the number of existing keys specified.~O(N) where N is the number of keys that will be touched.~k0*key
        ttl~RO access~@keyspace @read @fast~nondeterministic_output~Get the time to live for a key in seconds~O(1)~k0key~2.8.0 Added the -2 reply.
        type~RO~@keyspace @read @fast~~Determine the type stored at key~O(1)~k0key
        unlink~RM delete~@keyspace @write @fast~request_policy:multi_shard response_policy:agg_sum~Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.~O(1) for each key removed regardless of its size. Then the command does O(N) work in a different thread in order to reclaim memory, where N is the number of allocations the deleted objects where composed of.~k0*key
        unsubscribe~~@pubsub @slow~~Stop listening for messages posted to the given channels~O(N) where N is the number of clients already subscribed to a channel.~s?*channel
        unwatch~~@fast @transaction~~Forget about all watched keys~O(1)
        wait~~@slow @connection~request_policy:all_shards response_policy:agg_min~Wait for the synchronous replication of all the write commands sent in the context of the current connection~O(1)~inumreplicas,itimeout
        waitaof~~@slow @connection~request_policy:all_shards response_policy:agg_min~Wait for all write commands sent in the context of the current connection to be synced to AOF of local host and/or replicas~O(1)~inumlocal,inumreplicas,itimeout
        watch~RO~@fast @transaction~~Watch the given keys to determine execution of the MULTI/EXEC block~O(1) for every key.~k0*key
        """u8;
}
