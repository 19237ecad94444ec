using System;
using System.Collections.Generic;
using System.Linq;
using Epollsrv.Tests.Differential;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>The commands of the differential test that are about keys, for a master: with errors, in transactions, in all databases.
/// </summary>
internal sealed class GeneratedCommands
{
    private const int AtOnce = 200;

    private static readonly HashSet<string> _commands =
    [
        "SET", "SETNX", "SETEX", "PSETEX", "GET", "GETSET", "GETDEL", "GETEX", "MSET", "MSETNX", "MGET", "APPEND", "SETRANGE",
        "INCR", "INCRBY", "INCRBYFLOAT", "DECR", "DECRBY", "SETBIT", "BITOP", "BITFIELD", "DEL", "UNLINK", "EXPIRE", "PEXPIRE",
        "EXPIREAT", "PEXPIREAT", "PERSIST", "RENAME", "RENAMENX", "MOVE", "COPY", "RESTORE", "SELECT", "SWAPDB", "FLUSHDB",
        "FLUSHALL", "TOUCH", "STRLEN",
    ];

    private readonly CommandGenerator _generator;
    private readonly bool _isForStock;

    /// <summary>Makes an endless stream of them.</summary>
    /// <param name="seed">Of the random numbers.</param>
    /// <param name="isForStock">The master is a redis-server or valkey-server: BITFIELD OVERFLOW FAIL is left out. It makes or extends a
    /// key when all its writes fail, and these masters do not tell their replicas.</param>
    public GeneratedCommands(int seed, bool isForStock)
    {
        _isForStock = isForStock;
        Shape[] shapes = Shape.ParseAll(new SortedSet<string>(StringComparer.Ordinal));
        HashSet<string> left = [.. shapes.Select(shape => shape.Label).Where(label => !_commands.Contains(label.Split(' ')[0]))];
        _generator = new CommandGenerator(new RandomArguments(seed, [[0]]), shapes, left);
    }

    /// <summary>Runs so many, or some more.</summary>
    public void Run(RespClient client, int count)
    {
        ByteWriter bytes = new();
        List<Request> requests = [];
        for (int done = 0; done < count; done += requests.Count)
        {
            requests.Clear();
            while (requests.Count < AtOnce)
            {
                _generator.Append(requests);
                _ = requests.RemoveAll(request => request.Words.Count == 0 || (_isForStock && IsUntold(request)));
            }

            bytes.Clear();
            requests.ForEach(request => request.WriteTo(bytes));
            client.Client.Send(bytes.Written.ToArray());
            requests.ForEach(_ => client.Reply());
        }
    }

    private static bool IsUntold(Request request) => request.Name == "BITFIELD" && request.Has("FAIL");
}
