using System;
using Epollsrv.Journal.Rdb;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Journal.Loading;

/// <summary>Puts the keys of an RDB file into a store that nobody else uses yet. One thread.</summary>
internal sealed unsafe class SnapshotLoader(StoreAccess access, LoadProgress progress)
{
    private const long Large = 64 * 1024;
    private const int LongestShownKey = 100;
    private const int KeysPerReport = 1024;

    private static readonly ChangeNote _note = new(ChangeName.Set);

    /// <summary>Whether keys whose values are no strings are left out instead of being an error.</summary>
    public bool SkipsOtherTypes { get; init; }

    /// <summary>The position of the log at the snapshot's point in time; −1: the file does not say.</summary>
    public long Position { get; private set; } = -1;

    /// <summary>The database that the records behind the snapshot begin with.</summary>
    public int StreamDatabase { get; private set; }

    /// <summary>What is wrong, for a person; null: nothing.</summary>
    public string? Error { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="length">Bytes up to the end of the RDB file; behind it may follow a log.</param>
    /// <returns>Whether it was read to its end.</returns>
    public bool Load(string path, out long length)
    {
        length = 0;
        int file = RegularFile.Open(path, out _);
        if (file < 0)
        {
            Error = DataFile.Explain(path, file);
            return false;
        }

        bool loaded = Load(file, path, out length);
        Descriptor.Close(file);
        return loaded;
    }

    /// <summary>Reads an open file from its beginning.</summary>
    /// <param name="file">A descriptor, which stays the caller's.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="length">Bytes up to the end of the RDB file.</param>
    /// <returns>Whether it was read to its end.</returns>
    public bool Load(int file, string path, out long length)
    {
        length = 0;
        int result = Files.Status(file, out FileStatus status);
        if (result < 0)
        {
            Error = path + ": " + Errno.Describe(result);
            return false;
        }

        long before = progress.Bytes;
        using FileInput input = new(file);
        using (RdbReader reader = new(input, status.Size, int.MaxValue) { LargeFrom = Large })
        {
            Read(reader, path, before);
            length = reader.Offset;
        }

        progress.Bytes = before + length;
        return Error is null;
    }

    /// <summary>Whether a file begins as an RDB file does.</summary>
    public static bool Begins(string path)
    {
        int file = RegularFile.Open(path, out _);
        if (file < 0)
        {
            // Read as records, which says what is wrong.
            return false;
        }

        const int letters = 6;
        byte* start = stackalloc byte[letters];
        bool begins = Files.ReadWhole(file, start, letters, 0) == 0
            && (new ReadOnlySpan<byte>(start, 5).SequenceEqual("REDIS"u8)
                || new ReadOnlySpan<byte>(start, letters).SequenceEqual("VALKEY"u8));
        Descriptor.Close(file);
        return begins;
    }

    private void Read(RdbReader reader, string path, long before)
    {
        while (Error is null)
        {
            switch (reader.Read())
            {
                case RdbStep.Key:
                    Put(reader, path);
                    if (progress.Keys++ % KeysPerReport == 0)
                    {
                        progress.Advance(before + reader.Offset);
                        Error = progress.IsStopped ? "stopped while loading" : Error;
                    }

                    break;
                case RdbStep.Aux:
                    ReadNote(reader);
                    break;
                case RdbStep.OtherType when !SkipsOtherTypes:
                    Error = path + ": the file holds a " + reader.TypeName + " under the key \"" + KeyText(reader)
                        + "\": only strings can be loaded. --skip-other-types leaves such keys out";
                    break;
                case RdbStep.OtherType:
                    progress.Skipped++;
                    break;
                case RdbStep.Function when !SkipsOtherTypes:
                    Error = path + ": the file holds functions, which this program cannot run. --skip-other-types leaves them out";
                    break;
                case RdbStep.Function:
                    progress.SkippedFunctions++;
                    break;
                case RdbStep.End:
                    return;
                case RdbStep.Damaged or RdbStep.Refused:
                    Error = path + ": " + reader.Error;
                    break;
                default:
                    break;
            }
        }
    }

    private void Put(RdbReader reader, string path)
    {
        if (reader.Database != access.Database && (reader.Database >= access.Store.DatabaseCount || !access.TrySelect(reader.Database)))
        {
            Error = path + ": the file has keys in database " + Numbers.ToText(reader.Database) + ", and there are "
                + Numbers.ToText(access.Store.DatabaseCount) + ": raise --databases";
            return;
        }

        byte* key = reader.Key;
        ulong hash = access.Hash(key, reader.KeyLength);
        StoreResult result;
        if (reader.Value == null)
        {
            result = PutLarge(reader, key, hash);
        }
        else
        {
            access.Lock(hash);
            result = access.Writer.Items.Put(
                key, reader.KeyLength, hash, reader.Value, (int)reader.ValueLength, reader.Item, _note, reader.ExpiryMilliseconds);
            access.Unlock();
        }

        if (result != StoreResult.Ok)
        {
            Error = path + ": there is no memory for all keys of the file";
        }
    }

    private StoreResult PutLarge(RdbReader reader, byte* key, ulong hash)
    {
        LargeValue* block = access.Memory.AllocateLarge(reader.ValueLength);
        if (block == null)
        {
            return StoreResult.OutOfMemory;
        }

        // What is wrong the next step says.
        bool copied = reader.TryCopyValue(block->Data);
        StoreResult result = StoreResult.Ok;
        if (copied)
        {
            access.Lock(hash);
            result = access.Writer.Items.Put(key, reader.KeyLength, hash, block, reader.Item, _note, reader.ExpiryMilliseconds);
            access.Unlock();
        }

        if (!copied || result != StoreResult.Ok)
        {
            LargeValue.Release(block);
        }

        return result;
    }

    private void ReadNote(RdbReader reader)
    {
        Position = PositionOf(reader, Position);
        ReadOnlySpan<byte> name = new(reader.Key, reader.KeyLength);
        if (!Numbers.TryParse(reader.Value, (int)reader.ValueLength, out long number))
        {
            return;
        }

        if (name.SequenceEqual("repl-stream-db"u8))
        {
            StreamDatabase = (int)Math.Clamp(number, 0, access.Store.DatabaseCount - 1);
        }
        else if (name.SequenceEqual("epollsrv-unique"u8) && number > 0)
        {
            access.Store.Uniques.Raise((ulong)number);
        }
    }

    /// <summary>The position in the log that a note of an RDB file tells.</summary>
    /// <param name="reader">At the note.</param>
    /// <param name="before">What was known before.</param>
    /// <returns>The position, or what was known before if the note tells of something else.</returns>
    public static long PositionOf(RdbReader reader, long before) =>
        new ReadOnlySpan<byte>(reader.Key, reader.KeyLength).SequenceEqual("epollsrv-position"u8)
            && Numbers.TryParse(reader.Value, (int)reader.ValueLength, out long position) ? position : before;

    private static string KeyText(RdbReader reader)
        => ByteText.Decode(new ReadOnlySpan<byte>(reader.Key, Math.Min(reader.KeyLength, LongestShownKey)));
}
