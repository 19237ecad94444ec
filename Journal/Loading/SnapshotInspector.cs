using System;
using Epollsrv.Journal.Rdb;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Journal.Loading;

/// <summary>Looks an RDB file through without loading it: whether it could be loaded. One thread.</summary>
internal static unsafe class SnapshotInspector
{
    private const long Large = 64 * 1024;
    private const int LongestShownKey = 100;
    private const int KeysPerLook = 1024;

    /// <summary>Reads a file to its end.</summary>
    /// <param name="file">A descriptor; it is read from its beginning.</param>
    /// <param name="access">Has the store's hash function and its number of databases.</param>
    /// <param name="skipsOtherTypes">Whether keys whose values are no strings are all right.</param>
    /// <param name="progress">Says when to stop.</param>
    /// <returns>Null, or what is wrong, for a person.</returns>
    public static string? Inspect(int file, StoreAccess access, bool skipsOtherTypes, LoadProgress progress)
    {
        int result = Files.Status(file, out FileStatus status);
        if (result < 0)
        {
            return "its snapshot cannot be read: " + Errno.Describe(result);
        }

        using FileInput input = new(file);
        using RdbReader reader = new(input, status.Size, int.MaxValue) { LargeFrom = Large };
        using HashSet seen = new();
        long steps = 0;
        while (true)
        {
            RdbStep step = reader.Read();
            string? error = step switch
            {
                RdbStep.End => Behind(reader, status),
                RdbStep.Damaged or RdbStep.Refused => "its snapshot cannot be loaded: " + reader.Error,
                RdbStep.OtherType when !skipsOtherTypes => "key \"" + KeyText(reader) + "\", a " + reader.TypeName
                    + ": only strings can be replicated. --replica-skip-other-types leaves such keys out",
                RdbStep.Function when !skipsOtherTypes =>
                    "it has functions, which this program cannot run. --replica-skip-other-types leaves them out",
                RdbStep.Key => Check(reader, access, seen),
                _ => null,
            };
            if (error is not null || step == RdbStep.End)
            {
                return error;
            }

            if (++steps % KeysPerLook == 0 && progress.IsStopped)
            {
                return "stopped while loading";
            }
        }
    }

    private static string? Check(RdbReader reader, StoreAccess access, HashSet seen)
    {
        if (reader.Database >= access.Store.DatabaseCount)
        {
            return "it has keys in database " + Numbers.ToText(reader.Database) + ", and there are "
                + Numbers.ToText(access.Store.DatabaseCount) + " here: raise --databases";
        }

        // Other databases may have a key of the same name.
        const ulong Mix = 0x9E3779B97F4A7C15;
        ulong hash = access.Hash(reader.Key, reader.KeyLength) ^ (Mix * (ulong)reader.Database);
        return seen.TryAdd(hash) ? null : "its snapshot has the key \"" + KeyText(reader) + "\" twice";
    }

    private static string? Behind(RdbReader reader, in FileStatus status)
        => reader.Offset == status.Size ? null : "its snapshot goes on behind its end, at byte " + Numbers.ToText(reader.Offset);

    private static string KeyText(RdbReader reader)
        => ByteText.Decode(new ReadOnlySpan<byte>(reader.Key, Math.Min(reader.KeyLength, LongestShownKey)));
}
