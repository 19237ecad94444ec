using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>The commands of Redis Cluster, which clients try to find out whether there is one: there is none.</summary>
internal static unsafe class ClusterCommands
{
    // The subcommands, each with its number of arguments as in COMMAND.
    private static ReadOnlySpan<byte> Subcommands =>
        "addslots -3 addslotsrange -4 bumpepoch 2 count-failure-reports 3 countkeysinslot 3 delslots -3 delslotsrange -4 failover -2 flushslots 2 forget 3 getkeysinslot 4 help 2 info 2 keyslot 3 links 2 meet -4 myid 2 nodes 2 replicas 3 replicate 3 reset -2 saveconfig 2 set-config-epoch 3 setslot -4 shards 2 slaves 3 slots 2"u8;

    /// <summary>READONLY, READWRITE, ASKING.</summary>
    public static void Refuse(CommandContext call) => call.ReplyError("ERR This instance has cluster support disabled"u8);

    /// <summary>CLUSTER subcommand [argument …].</summary>
    public static void Cluster(CommandContext call)
    {
        Argument* name = call.Arguments + 1;
        ReadOnlySpan<byte> rest = Subcommands;
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> word = Words.TakeFirst(ref rest);
            ReadOnlySpan<byte> arity = Words.TakeFirst(ref rest);
            if (!name->Is(word))
            {
                continue;
            }

            int count = arity[^1] - '0';
            if (arity.Length > 1 ? call.Count >= count : call.Count == count)
            {
                Refuse(call);
            }
            else
            {
                call.ReplyErrorAbout("ERR wrong number of arguments for 'cluster|"u8, word, "' command"u8);
            }

            return;
        }

        call.ReplyErrorAbout("ERR unknown subcommand '"u8, name->Span[..Math.Min(name->Length, 128)], "'. Try CLUSTER HELP."u8);
    }
}
