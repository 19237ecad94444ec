using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

using Epollsrv.Journal;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>A log in memory: its bytes, and the records of each unit, which is there as a whole or not at all.</summary>
internal sealed unsafe class LogBytes
{
    private readonly MemoryStream _bytes = new();
    private readonly List<(long End, string[] Records)> _units = [];
    private readonly bool _hasBlocks;
    private long _position;

    /// <summary>An empty log.</summary>
    /// <param name="hasBlocks">Whether each unit is a block with a header, as a node writes it, or bare as Redis does.</param>
    /// <param name="position">Position in the log of the first record.</param>
    public LogBytes(bool hasBlocks, long position = 1000)
    {
        _hasBlocks = hasBlocks;
        _position = position;
    }

    public byte[] Bytes => _bytes.ToArray();

    /// <summary>The ends of the units, in order.</summary>
    public IEnumerable<long> Ends => _units.Select(unit => unit.End);

    /// <summary>Position in the log of the end.</summary>
    public long Position => _position;

    /// <summary>The records of the units that are whole in the first bytes.</summary>
    public string[] RecordsWithin(long length) =>
        [.. _units.Where(unit => unit.End <= length).SelectMany(unit => unit.Records)];

    /// <summary>Where the last unit that is whole in the first bytes ends.</summary>
    public long EndWithin(long length) => _units.Select(unit => unit.End).Where(end => end <= length).DefaultIfEmpty(0).Max();

    /// <summary>Where the unit begins that a byte is in.</summary>
    public long StartOf(long offset) => _units.Select(unit => unit.End).Where(end => end <= offset).DefaultIfEmpty(0).Max();

    /// <summary>Adds a line that is no record.</summary>
    public LogBytes Annotation(string line)
    {
        _bytes.Write(Encoding.Latin1.GetBytes(line + "\r\n"));
        _units.Add((_bytes.Length, []));
        return this;
    }

    /// <summary>Adds records: one block; without blocks, one group, or one record.</summary>
    public LogBytes Add(params string[][] records)
    {
        byte[] payload = [.. records.SelectMany(Record)];
        _bytes.Write(_hasBlocks ? Block(payload, _position) : payload);
        _position += payload.Length;
        _units.Add((_bytes.Length, [.. records.Select(Show)]));
        return this;
    }

    /// <summary>Adds bytes as they are.</summary>
    public LogBytes Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A log with records of all kinds: short and empty, binary, with line ends, groups, other databases.</summary>
    public static LogBytes Sample(bool hasBlocks)
    {
        string binary = string.Concat(Enumerable.Range(0, 256).Select(value => (char)value));
        LogBytes log = new(hasBlocks);
        log.Add(["SELECT", "0"]).Add(["SET", "a", "1"]).Add(["SET", "b", binary, "PXAT", "99999999999999"]).Add(["DEL", "a", "b"]);
        log.Add(["MULTI"], ["SET", "c", ""], ["SET", "", "\r\n"], ["EXEC"]).Annotation("#TS:1700000000");
        log.Add(["pexpireat", "c", "99999999999999"]).Add(["multi"], ["SELECT", "3"], ["APPEND", "x", "y"], ["SELECT", "0"], ["exec"]);
        log.Add(["SET", "long", new string('v', 100)]);
        return hasBlocks ? log.Add(["SET", "d", "1"], ["MULTI"], ["DEL", "d"], ["EXEC"], ["SET", "d", "2"]) : log.Add(["FLUSHALL"]);
    }

    public static byte[] Record(params string[] arguments) => Encoding.Latin1.GetBytes(
        "*" + Number(arguments.Length) + "\r\n"
        + string.Concat(arguments.Select(argument => "$" + Number(argument.Length) + "\r\n" + argument + "\r\n")));

    public static byte[] Block(byte[] payload, long position)
    {
        byte[] header = new byte[BlockHeader.Longest];
        fixed (byte* to = header, from = payload)
        {
            int length = BlockHeader.Write(to, from, payload.Length, position);
            return [.. header.AsSpan(0, length), .. payload];
        }
    }

    /// <summary>Reads a file to its end or to its damage.</summary>
    public static (string[] Records, LogDamage? Damage, long Position) Read(string path, long position = -1, long offset = 0)
    {
        using LogReader reader = LogReader.Open(path, offset, position, out int error) ?? throw new IOException(path + ": " + error);
        List<string> records = [];
        LogStep step;
        while ((step = reader.Next()) == LogStep.Record)
        {
            string[] arguments = new string[reader.Count];
            for (int i = 0; i < arguments.Length; i++)
            {
                arguments[i] = Encoding.Latin1.GetString(reader.Arguments[i].Span);
            }

            records.Add(Show(arguments));
        }

        // Says the same again.
        Xunit.Assert.Equal(step, reader.Next());
        Xunit.Assert.Equal(step == LogStep.Damaged, reader.Damage is not null);
        return ([.. records], reader.Damage, reader.Position);
    }

    private static string Show(string[] arguments) => string.Join('|', arguments);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
