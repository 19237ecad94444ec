using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>Which connections CLIENT KILL means: all that are given must fit.</summary>
internal unsafe struct ClientFilter
{
    /// <summary>The connection's number; 0: any.</summary>
    public long Identifier { get; set; }

    /// <summary>Its type.</summary>
    public ClientType Type { get; set; }

    /// <summary>The argument with its address; null: any.</summary>
    public Argument* Peer { get; set; }

    /// <summary>The argument with our side's address; null: any.</summary>
    public Argument* Local { get; set; }

    /// <summary>Whether the connection that asks is left out.</summary>
    public bool SkipsSelf { get; set; }

    /// <summary>Reads a type's name; false: the error is written.</summary>
    public static bool TryReadType(CommandContext call, Argument* word, out ClientType type)
    {
        type = word->Is("normal"u8) ? ClientType.Normal
            : word->Is("slave"u8) || word->Is("replica"u8) ? ClientType.Replica
            : word->Is("pubsub"u8) ? ClientType.PubSub
            : word->Is("master"u8) ? ClientType.Master
            : ClientType.Any;
        if (type == ClientType.Any)
        {
            call.ReplyErrorAbout("ERR Unknown client type '"u8, word->Span, "'"u8);
            return false;
        }

        return true;
    }

    /// <summary>Whether a connection is of a type.</summary>
    public static bool IsOf(in ClientView view, ClientType type) => type switch
    {
        ClientType.Any => true,
        ClientType.Normal => !view.IsSubscriber && !view.IsReplica,
        ClientType.Replica => view.IsReplica,
        ClientType.PubSub => view.IsSubscriber,
        _ => false,
    };

    /// <summary>Whether a connection is meant.</summary>
    public readonly bool Fits(CommandContext call, in ClientView view)
        => (Identifier == 0 || view.Identifier == Identifier)
            && IsOf(view, Type)
            && !(SkipsSelf && view.Token == call.Thread.Token)
            && (Peer == null || Same(Peer->Span, ClientAddress.Peer(view.Slot)))
            && (Local == null || Same(Local->Span, ClientAddress.Local(view.Slot)))
            && view.IsStillThere;

    private static bool Same(ReadOnlySpan<byte> given, string? text)
    {
        if (text is null || text.Length != given.Length)
        {
            return false;
        }

        for (int i = 0; i < given.Length; i++)
        {
            if (given[i] != text[i])
            {
                return false;
            }
        }

        return true;
    }
}
