using System;

namespace Epollsrv.Journal.Rdb;

/// <summary>The numbers of types in RDB files: Redis's, and valkey's where they differ.</summary>
internal static class RdbType
{
    public const byte String = 0;
    public const byte List = 1;
    public const byte Set = 2;
    public const byte SortedSetText = 3;
    public const byte Hash = 4;
    public const byte SortedSet = 5;
    public const byte ModuleDraft = 6;
    public const byte Module = 7;
    public const byte HashZipmap = 9;
    public const byte ListZiplist = 10;
    public const byte SetIntset = 11;
    public const byte SortedSetZiplist = 12;
    public const byte HashZiplist = 13;
    public const byte ListQuicklist = 14;
    public const byte Stream = 15;
    public const byte HashListpack = 16;
    public const byte SortedSetListpack = 17;
    public const byte ListQuicklist2 = 18;
    public const byte Stream2 = 19;
    public const byte SetListpack = 20;
    public const byte Stream3 = 21;

    /// <summary>A hash whose fields expire, as valkey writes it. In Redis's files the number means something else.</summary>
    public const byte HashExpiring = 22;

    /// <summary>The name that people know, as TYPE says it; null: there is no such type in these files.</summary>
    public static string? Name(byte type, bool valkey) => type switch
    {
        String => "string",
        List or ListZiplist or ListQuicklist or ListQuicklist2 => "list",
        Set or SetIntset or SetListpack => "set",
        SortedSetText or SortedSet or SortedSetZiplist or SortedSetListpack => "zset",
        Hash or HashZipmap or HashZiplist or HashListpack => "hash",
        HashExpiring when valkey => "hash",
        Stream or Stream2 or Stream3 => "stream",
        ModuleDraft or Module => "module type",
        _ => null,
    };

    /// <summary>The name of a module's type from its number: nine letters of six bits each, then a version of ten bits.</summary>
    public static string ModuleName(ulong number)
    {
        const int letters = 9;
        ReadOnlySpan<byte> alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8;
        Span<char> name = stackalloc char[letters];
        number >>= 10;
        for (int i = letters - 1; i >= 0; i--, number >>= 6)
        {
            name[i] = (char)alphabet[(int)(number & 63)];
        }

        return new string(name);
    }
}
