using System;
using System.Collections.Generic;
using System.IO;

namespace Epollsrv.Tests.Durability;

/// <summary>A file whatever its name, as a power cut sees it: what the disk has for certain, and the changes since.</summary>
internal sealed class RecordedFile
{
    private const int Page = 4096;
    private const int Sector = 512;

    private readonly List<(int Index, byte[]? Bytes, long Length)> _pending = [];
    private byte[] _durable = [];

    /// <summary>Changes that the disk may not have.</summary>
    public int Pending => _pending.Count;

    public void Append(int index, byte[] bytes) => _pending.Add((index, bytes, 0));

    public void SetLength(int index, long length) => _pending.Add((index, null, length));

    /// <summary>What was changed before an operation is on the disk.</summary>
    public void Synchronize(int before)
    {
        int count = _pending.FindIndex(change => change.Index >= before);
        count = count < 0 ? _pending.Count : count;
        _durable = Apply(_durable, count);
        _pending.RemoveRange(0, count);
    }

    /// <summary>What the kernel has.</summary>
    public byte[] Current() => Apply(_durable, _pending.Count);

    /// <summary>What the disk has at least.</summary>
    public byte[] Durable() => _durable;

    /// <summary>A content that may be found after a power cut.</summary>
    public byte[] AfterCut(Random random)
    {
        int count = random.Next(_pending.Count + 1);
        byte[] content = Apply(_durable, count);
        if (count == _pending.Count || _pending[count].Bytes is not { } torn)
        {
            return content;
        }

        // Part of a write; behind it perhaps what belongs to all the others, as length only.
        int part = random.Next(torn.Length + 1);
        int choice = random.Next(4);
        long whole = Current().Length;
        byte[] result = new byte[choice switch
        {
            0 => content.Length + part,
            1 => Math.Max(whole, content.Length + part),
            _ => content.Length + torn.Length,
        }];
        content.CopyTo(result, 0);
        Array.Copy(torn, 0, result, content.Length, part);
        if (choice == 3)
        {
            // Old blocks of the disk.
            random.NextBytes(result.AsSpan(content.Length + part));
        }

        return result;
    }

    /// <summary>A content that may be found after a power cut when the pages reached the disk in any order: each has what it had after
    /// some of the changes, and the length is that after some of them.</summary>
    public byte[] AfterReordering(Random random)
    {
        byte[] current = Current();
        byte[][] versions = [_durable, Apply(_durable, random.Next(_pending.Count + 1)), Apply(_durable, random.Next(_pending.Count + 1)),
            current, current];
        int page = random.Next(2) == 0 ? Page : Sector;
        byte[] content = new byte[versions[random.Next(1, versions.Length)].Length];
        for (int begin = 0; begin < content.Length; begin += page)
        {
            Span<byte> target = content.AsSpan(begin, Math.Min(page, content.Length - begin));
            byte[] version = versions[random.Next(versions.Length)];
            if (version.Length > begin)
            {
                ReadOnlySpan<byte> source = version.AsSpan(begin, Math.Min(target.Length, version.Length - begin));
                source.CopyTo(target);
            }
            else if (_durable.Length <= begin && random.Next(8) == 0)
            {
                // Old blocks of the disk.
                random.NextBytes(target);
            }
        }

        return content;
    }

    private byte[] Apply(byte[] start, int count)
    {
        if (count == 0)
        {
            return start;
        }

        using MemoryStream content = new();
        content.Write(start);
        for (int i = 0; i < count; i++)
        {
            if (_pending[i].Bytes is { } bytes)
            {
                content.Position = content.Length;
                content.Write(bytes);
            }
            else
            {
                content.SetLength(_pending[i].Length);
            }
        }

        return content.ToArray();
    }
}
