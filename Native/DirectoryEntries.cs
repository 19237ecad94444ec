using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Native;

/// <summary>Walks the entries that <see cref="Files.ReadDirectory"/> filled a buffer with (struct linux_dirent64).</summary>
internal unsafe ref struct DirectoryEntries
{
    /// <summary><see cref="Kind"/> of a regular file (DT_REG).</summary>
    public const byte RegularFile = 8;

    /// <summary><see cref="Kind"/> of a symbolic link (DT_LNK).</summary>
    public const byte Link = 10;

    /// <summary><see cref="Kind"/> where the file system does not tell (DT_UNKNOWN).</summary>
    public const byte Unknown = 0;

    private const int LengthOffset = 16;
    private const int KindOffset = 18;
    private const int NameOffset = 19;

    private readonly byte* _end;
    private byte* _next;

    /// <summary>How many entries a directory has; −1 when it cannot be read.</summary>
    public static long Count(string path)
    {
        const int room = 16 * 1024;
        int folder = Files.OpenFolder(path);
        if (folder < 0)
        {
            return -1;
        }

        byte* buffer = stackalloc byte[room];
        long count = 0;
        nint length;
        while ((length = Files.ReadDirectory(folder, buffer, room)) > 0)
        {
            DirectoryEntries entries = new(buffer, length);
            while (entries.MoveNext())
            {
                count++;
            }
        }

        Descriptor.Close(folder);
        return length < 0 ? -1 : count;
    }

    /// <summary>Starts before the first entry.</summary>
    public DirectoryEntries(byte* buffer, nint length)
    {
        _next = buffer;
        _end = buffer + length;
        Name = null;
    }

    /// <summary>The entry's name, zero-terminated; valid while the buffer is.</summary>
    public byte* Name { get; private set; }

    /// <summary>What the entry is: the DT_ constants of readdir(3).</summary>
    public readonly byte Kind => Name[KindOffset - NameOffset];

    /// <summary>The entry's name without its closing zero.</summary>
    public readonly ReadOnlySpan<byte> NameBytes => System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Name);

    /// <summary>Where the entry after this one is: a walk can go on there later.</summary>
    public readonly byte* Next => _next;

    /// <summary>Goes to the next entry; "." and ".." are left out.</summary>
    public bool MoveNext()
    {
        while (_next + NameOffset < _end)
        {
            Name = _next + NameOffset;
            _next += Unsafe.ReadUnaligned<ushort>(_next + LengthOffset);
            bool dots = Name[0] == '.' && (Name[1] == 0 || (Name[1] == '.' && Name[2] == 0));
            if (!dots)
            {
                return true;
            }
        }

        return false;
    }
}
