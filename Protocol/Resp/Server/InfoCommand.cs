using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>INFO: which sections, in which order.</summary>
internal static unsafe class InfoCommand
{
    private const int DefaultSections = 11;
    private const int Sections = 13;

    /// <summary>INFO [section …].</summary>
    public static void Info(CommandContext call)
    {
        int wanted = call.Count == 1 ? Mask(DefaultSections) : 0;
        for (int i = 1; i < call.Count; i++)
        {
            Argument* word = call.Arguments + i;
            wanted |= word->Is("all"u8) || word->Is("everything"u8) ? Mask(Sections) : word->Is("default"u8) ? Mask(DefaultSections) : 0;
            for (int section = 0; section < Sections; section++)
            {
                wanted |= word->Is(NameOf(section)) ? 1 << section : 0;
            }
        }

        InfoWriter writer = new(call);
        for (int place = 0; place < Sections; place++)
        {
            int section = Order[place];
            if ((wanted & (1 << section)) != 0)
            {
                writer.Write(NameOf(section));
            }
        }

        call.Reply.Verbatim("txt"u8, writer.Text.Written);
    }

    // The sections of "default" first; shown in the order of Redis.
    private static ReadOnlySpan<byte> Order => [0, 1, 2, 3, 4, 5, 6, 7, 11, 8, 12, 9, 10];

    private static int Mask(int sections) => (1 << sections) - 1;

    private static ReadOnlySpan<byte> NameOf(int section) => section switch
    {
        0 => "server"u8,
        1 => "clients"u8,
        2 => "memory"u8,
        3 => "persistence"u8,
        4 => "stats"u8,
        5 => "replication"u8,
        6 => "cpu"u8,
        7 => "modules"u8,
        8 => "errorstats"u8,
        9 => "cluster"u8,
        10 => "keyspace"u8,
        11 => "commandstats"u8,
        _ => "latencystats"u8,
    };
}
