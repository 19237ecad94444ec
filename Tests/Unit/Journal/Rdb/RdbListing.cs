using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Epollsrv.Journal;
using Epollsrv.Journal.Rdb;
using Epollsrv.Native;
using Xunit;

namespace Epollsrv.Tests.Unit.Journal.Rdb;

/// <summary>What <see cref="RdbReader"/> says of a file, a line for each step.</summary>
internal sealed unsafe class RdbListing : IDisposable
{
    private const long Longest = 512 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly int _descriptor;

    public RdbListing() => _descriptor = Files.Open(_folder["file.rdb"], Files.ReadWrite | Files.Create);

    public static List<string> Of(byte[] file, long largeFrom = long.MaxValue, long longest = Longest)
    {
        using RdbListing listing = new();
        listing.Write(file);
        return listing.Read(file.Length, largeFrom, longest);
    }

    public static List<string> OfFile(string path, long largeFrom = long.MaxValue)
    {
        int descriptor = Files.Open(path, Files.ReadOnly);
        Assert.True(descriptor >= 0, path);
        try
        {
            return Read(descriptor, new FileInfo(path).Length, largeFrom, Longest);
        }
        finally
        {
            Descriptor.Close(descriptor);
        }
    }

    public void Cut(int length) => Assert.Equal(0, Files.SetLength(_descriptor, length));

    public void Write(byte[] file)
    {
        Assert.Equal(0, Files.SetLength(_descriptor, 0));
        fixed (byte* data = file)
        {
            Assert.Equal(0, Files.WriteAt(_descriptor, data, file.Length, 0));
        }
    }

    public void WriteByte(int at, byte value) => Assert.Equal(0, Files.WriteAt(_descriptor, &value, 1, at));

    public List<string> Read(long length, long largeFrom = long.MaxValue, long longest = Longest)
        => Read(_descriptor, length, largeFrom, longest);

    public void Dispose()
    {
        Descriptor.Close(_descriptor);
        _folder.Dispose();
    }

    private static List<string> Read(int descriptor, long length, long largeFrom, long longest)
    {
        using FileInput input = new(descriptor);
        using RdbReader reader = new(input, length, longest) { LargeFrom = largeFrom };
        List<string> lines = [];
        while (true)
        {
            RdbStep step = reader.Read();
            lines.Add(Line(reader, step));
            if (step is RdbStep.Damaged or RdbStep.Refused)
            {
                Assert.Equal(step, reader.Read());
                Assert.StartsWith("at byte ", reader.Error, StringComparison.Ordinal);
                return lines;
            }

            if (step == RdbStep.End)
            {
                Assert.Equal(step, reader.Read());
                Assert.Equal(reader.Offset, input.Offset);
                return lines;
            }
        }
    }

    private static string Line(RdbReader reader, RdbStep step) => step switch
    {
        RdbStep.Key => Number(reader.Database) + " " + Text(reader.Key, reader.KeyLength) + "=" + Value(reader) + Properties(reader),
        RdbStep.Aux => "aux " + Text(reader.Key, reader.KeyLength) + "=" + Text(reader.Value, reader.ValueLength),
        RdbStep.Resize => "resize " + Number(reader.Keys) + " " + Number(reader.ExpiringKeys),
        RdbStep.OtherType => reader.TypeName + " " + Text(reader.Key, reader.KeyLength) + Properties(reader),
        RdbStep.ModuleAux => "aux of " + reader.TypeName,
        RdbStep.Function => "function",
        RdbStep.End => "end " + Number(reader.Offset),
        _ => (step == RdbStep.Damaged ? "damaged " : "refused ") + reader.Error,
    };

    private static string Properties(RdbReader reader) =>
        (reader.Item.IsNone ? string.Empty : " flags " + Number(reader.Item.ClientFlags) + " unique " + Number((long)reader.Item.Unique))
        + (reader.ExpiryMilliseconds != 0 ? " until " + Number(reader.ExpiryMilliseconds) : string.Empty)
        + (reader.IdleSeconds >= 0 ? " idle " + Number(reader.IdleSeconds) : string.Empty)
        + (reader.Frequency >= 0 ? " used " + Number(reader.Frequency) : string.Empty);

    // The text is taken before the value is read: the key must stay where it is.
    private static string Value(RdbReader reader)
    {
        if (reader.Value != null)
        {
            return Text(reader.Value, reader.ValueLength);
        }

        string key = Text(reader.Key, reader.KeyLength);
        byte* copy = (byte*)NativeMemory.Alloc((nuint)reader.ValueLength);
        string value = reader.TryCopyValue(copy) ? Text(copy, reader.ValueLength) : "(broken)";
        NativeMemory.Free(copy);
        Assert.Equal(key, Text(reader.Key, reader.KeyLength));
        return value;
    }

    private static string Text(byte* data, long length) => Encoding.Latin1.GetString(new ReadOnlySpan<byte>(data, (int)length));

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
