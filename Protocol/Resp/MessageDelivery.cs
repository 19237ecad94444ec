using System.Globalization;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>What connections send each other: messages of channels, lines for MONITOR. One per thread.</summary>
internal sealed unsafe class MessageDelivery
{
    private readonly CommandContext _call;

    /// <summary>Makes a thread's delivery.</summary>
    public MessageDelivery(CommandContext call)
    {
        _call = call;
    }

    /// <summary>A message arrived for the connection that the thread owns.
    /// The engine writes what is written here before anything else.</summary>
    public void Receive(PostedMessage* message)
    {
        _call.BeginConnection();
        RespSession* session = _call.ExistingSession;
        if (session == null || session->IsCutOff)
        {
            return;
        }

        if ((_call.Connection->Flags & RespFlags.Replica) != 0)
        {
            ReplicaFeeder.Receive(_call, message);
            return;
        }

        if (message->Bytes == null)
        {
            if (message->Kind == PostedMessage.Timer)
            {
                WatchOutput(session);
            }

            return;
        }

        if (message->Kind != Monitors.MessageKind)
        {
            Deliver(session, message->Bytes, message->Kind);
        }
        else if ((_call.Connection->Flags & RespFlags.Monitor) != 0)
        {
            Mailbox.WriteShared(_call.Thread, message->Bytes, 0);
        }

        WatchOutput(session);
    }

    /// <summary>
    /// Posts a message to a subscriber or monitor. One that is too busy to take its messages is cut off here: nothing else would bound what
    /// waits for it.
    /// </summary>
    /// <returns>False when it was gone.</returns>
    public bool Post(ulong token, SharedBytes* bytes, int kind)
    {
        Server server = _call.Thread.Server;
        if (!_call.Thread.Gate.Post(token, bytes, kind))
        {
            return false;
        }

        if (Mailbox.Unsent(server, token) > _call.Resp.Options.MaxSubscriberOutput)
        {
            RespSession* session = _call.Resp.Sessions.At(((RespConnection*)server.Connections.Slot(token)->ProtocolState)->Session);
            if (session != null && session->Token == token)
            {
                CutOff(session, isSoft: false);
            }
        }

        if (server.Buffers.IsOverLimit)
        {
            server.Loop.Wake();
        }

        return true;
    }

    /// <summary>The connection that the thread owns gets a message of its own command: at once, as
    /// in Redis, before the command's reply, inside EXEC too and although replies are off.</summary>
    public void DeliverToSelf(SharedBytes* bytes, int subscription)
    {
        RespSession* session = _call.ExistingSession;
        if (session != null)
        {
            bool muted = _call.Reply.BeginPush();
            Deliver(session, bytes, subscription);
            _call.Reply.EndPush(muted);
            WatchOutput(session);
        }
    }

    /// <summary>The connection that the thread owns is a monitor and sees its own command, after the reply.</summary>
    public void ShowToSelf(SharedBytes* bytes)
    {
        if (!_call.Thread.CloseRequested)
        {
            Mailbox.WriteShared(_call.Thread, bytes, 0);
        }
    }

    // The limits of what may wait for a subscriber. The soft one acts when its time is over, whether or not more messages come.
    private void WatchOutput(RespSession* session)
    {
        long output = Mailbox.UnsentOutput(_call.Thread.Server, _call.Thread.Token);
        int again = session->TimeAboveSoftLimit(output, _call.Resp.Options, _call.Thread.Started, out bool isOver);
        if (isOver || output > _call.Resp.Options.MaxSubscriberOutput)
        {
            CutOff(session, isOver);
        }
        else if (again > 0)
        {
            _call.Thread.SetTimer(again);
        }
    }

    private void CutOff(RespSession* session, bool isSoft)
    {
        if (session->CutOff())
        {
            _call.Thread.Server.Log(4, "a subscriber or monitor (connection " + session->Identifier.ToString(CultureInfo.InvariantCulture)
                + ") did not take its messages and is closed: more than "
                + (isSoft ? "the soft limit of client-output-buffer-limit has been waiting" : "--max-subscriber-output wait"));
            _ = _call.Thread.Server.Signals.Kill(session->Token);
        }
    }

    // The subscription may have ended after the message was sent: a connection that has just left RESP2's subscribed state would take it
    // for the reply to its next command.
    private void Deliver(RespSession* session, SharedBytes* bytes, int subscription)
    {
        if (session->Subscriptions.IsCurrent(subscription))
        {
            _call.Thread.Output.Write(_call.Reply.IsVersion3 ? ">"u8 : "*"u8);
            Mailbox.WriteShared(_call.Thread, bytes, 1);
        }
    }
}
