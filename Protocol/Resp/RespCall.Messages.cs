using System;
using System.Globalization;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <content>What other connections send: messages of channels, lines for MONITOR.</content>
internal sealed unsafe partial class RespCall
{
    private const int KeptOwn = 64;

    private (nint Bytes, int Subscription)[] _own = [];
    private int _ownCount;

    /// <summary>A message arrived for the connection the turn owns. The engine writes what is written here before anything else.</summary>
    public void Receive(PostedMessage* message)
    {
        Connection = (RespConnection*)Turn.ProtocolState;
        if (message->Bytes == null || ExistingSession is not { IsCutOff: false } session)
        {
            return;
        }

        if (message->Kind != Monitors.MessageKind)
        {
            Deliver(session, message->Bytes, message->Kind);
        }
        else if ((Connection->Flags & RespFlags.Monitor) != 0)
        {
            Mailbox.WriteShared(Turn, message->Bytes, 0);
        }

        long output = Turn.Connection->OutputBytes;
        bool passesSoft = session.IsAboveSoftLimit(output, Services, Turn.Started);
        if ((passesSoft || output > Services.MaxSubscriberOutput) && session.CutOff())
        {
            Node.NoteCutOff();
            Turn.Server.Log(4, "a subscriber or monitor (connection " + session.Identifier.ToString(CultureInfo.InvariantCulture)
                + ") did not take its messages and is closed: more than "
                + (passesSoft ? "the soft limit of client-output-buffer-limit has been waiting" : "--max-subscriber-output wait"));
            _ = Turn.Server.Kill(Turn.Token);
        }
    }

    /// <summary>
    /// The connection the turn owns gets a message of its own command: at once, as in Redis, before the command's reply. Inside EXEC, which is
    /// one reply, and while replies are off, after the command.
    /// </summary>
    public void DeliverToSelf(SharedBytes* bytes, int subscription)
    {
        if (Access.InTransaction || Turn.IsMuted)
        {
            if (_ownCount == _own.Length)
            {
                Array.Resize(ref _own, Math.Max(4, 2 * _ownCount));
            }

            SharedBytes.AddReference(bytes);
            _own[_ownCount++] = ((nint)bytes, subscription);
        }
        else if (ExistingSession is { } session)
        {
            Deliver(session, bytes, subscription);
        }
    }

    /// <summary>The connection the turn owns is a monitor and sees its own command, after the reply.</summary>
    public void ShowToSelf(SharedBytes* bytes)
    {
        if (Access.InTransaction || Turn.IsMuted)
        {
            DeliverToSelf(bytes, Monitors.MessageKind);
        }
        else if (!Turn.CloseRequested)
        {
            Mailbox.WriteShared(Turn, bytes, 0);
        }
    }

    private void DeliverOwn()
    {
        for (int i = 0; i < _ownCount; i++)
        {
            SharedBytes* bytes = (SharedBytes*)_own[i].Bytes;
            if (_own[i].Subscription == Monitors.MessageKind)
            {
                Mailbox.WriteShared(Turn, bytes, 0);
            }
            else if (ExistingSession is { } session)
            {
                Deliver(session, bytes, _own[i].Subscription);
            }

            SharedBytes.Release(Turn.Server.Buffers, bytes);
        }

        _ownCount = 0;
        if (_own.Length > KeptOwn)
        {
            _own = [];
        }
    }

    // The subscription may have ended after the message was sent: a connection that has just left RESP2's subscribed state would take it for
    // the reply to its next command.
    private void Deliver(RespSession session, SharedBytes* bytes, int subscription)
    {
        if (session.ExistingSubscriptions is { } set && set.IsCurrent(subscription))
        {
            Turn.Write(IsVersion3 ? ">"u8 : "*"u8);
            Mailbox.WriteShared(Turn, bytes, 1);
        }
    }
}
