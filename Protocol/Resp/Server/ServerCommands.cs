using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>DBSIZE, TIME, ROLE, WAIT, LOLWUT.</summary>
internal static unsafe class ServerCommands
{
    /// <summary>DBSIZE: expired keys that nobody has met yet are counted.</summary>
    public static void DbSize(CommandContext call)
    {
        long keys = call.Common.Store.CountersOf(call.Access.Database).Keys;
        KeyScan.ObserveCounts(call.Access);
        call.Reply.Integer(keys);
    }

    /// <summary>TIME.</summary>
    public static void Time(CommandContext call)
    {
        long microseconds = Clock.Wall() / 1000;
        call.Reply.Array(2);
        call.Reply.BulkInteger(microseconds / 1_000_000);
        call.Reply.BulkInteger(microseconds % 1_000_000);
    }

    /// <summary>LOLWUT [VERSION version].</summary>
    public static void Lolwut(CommandContext call)
    {
        if (call.Count > 2 && call.Arguments[1].Is("version"u8))
        {
            // The pictures of versions 5 and 6 take their measures as numbers.
            if (!call.TryReadInteger(2, out long version))
            {
                return;
            }

            int measures = version == 5 ? 3 : version == 6 ? 2 : 0;
            for (int i = 3; i < call.Count && i < 3 + measures; i++)
            {
                if (!call.TryReadInteger(i, out _))
                {
                    return;
                }
            }
        }

        call.Reply.Verbatim("txt"u8, "Redis ver. 7.0.15\n"u8);
    }

    /// <summary>When the node was started, seconds since 1970.</summary>
    public static long StartedAt(CommandContext call) =>
        (call.Thread.Server.StartedNanoseconds + call.Thread.Server.WallOffset) / 1_000_000_000;
}
