using System;
using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>What a replica and its master say to each other before data come. The owner of the link's connection.</summary>
internal sealed class MasterHandshake(RunningNode node, NodeReplication replication, LinkConversation link)
{
    private const int LongestShown = 200;

    // Lines that are still to come for what was sent together, and whether the first of them is about the password.
    private int _awaited;
    private bool _awaitsLogin;

    // What PSYNC asked for; null: everything.
    private byte[]? _asked;

    /// <summary>The history of the snapshot that was promised.</summary>
    public byte[] PromisedHistory { get; private set; } = [];

    /// <summary>The position of that snapshot.</summary>
    public long PromisedPosition { get; private set; }

    /// <summary>Sends the first request.</summary>
    public void Begin(ThreadContext thread)
    {
        LinkWriter.Begin(thread, 1);
        LinkWriter.Add(thread, "PING"u8);
        link.Enter(LinkStage.Greeting);
    }

    /// <summary>Takes a line of the master, without its end and not empty.</summary>
    public void Take(ThreadContext thread, ReadOnlySpan<byte> line)
    {
        if (Log.IsOn(LogLevel.Debug))
        {
            Log.Write(LogLevel.Debug, "link to the master " + link.Following!.Text + ": it answers " + Show(line),
                new LogField("master", link.Following.Text));
        }

        switch (link.Stage)
        {
            case LinkStage.Greeting:
                TakePong(thread, line);
                break;
            case LinkStage.Introducing:
                TakeAnswer(thread, line);
                break;
            case LinkStage.Asking:
                TakeDecision(thread, line);
                break;
            default:
                TakeAnnouncement(thread, line);
                break;
        }
    }

    private static string Show(ReadOnlySpan<byte> line) => "\"" + ByteText.Decode(line[..Math.Min(line.Length, LongestShown)]) + "\"";

    private void TakePong(ThreadContext thread, ReadOnlySpan<byte> line)
    {
        bool needsPassword = line.StartsWith("-NOAUTH"u8) || line.StartsWith("-NOPERM"u8)
            || line.StartsWith("-ERR operation not permitted"u8);
        if (line[0] != '+' && !needsPassword)
        {
            link.Fail(thread, "it answers PING with " + Show(line));
            return;
        }

        Introduce(thread, needsPassword);
    }

    private void Introduce(ThreadContext thread, bool needsPassword)
    {
        ReplicaSettings settings = replication.Settings;
        byte[]? password = settings.MasterPassword ?? (needsPassword ? node.Common.Options.Password : null);
        _awaitsLogin = password is not null;
        _awaited = _awaitsLogin ? 1 : 0;
        if (password is not null)
        {
            byte[]? user = settings.MasterUser;
            LinkWriter.Begin(thread, user is null ? 2 : 3);
            LinkWriter.Add(thread, "AUTH"u8);
            if (user is not null)
            {
                LinkWriter.Add(thread, user);
            }

            LinkWriter.Add(thread, password);
        }

        AddOption(thread, "listening-port"u8);
        LinkWriter.Add(thread, settings.AnnouncedPort != 0 ? settings.AnnouncedPort : OwnPort());
        if (settings.AnnouncedHost is { } host)
        {
            AddOption(thread, "ip-address"u8);
            LinkWriter.Add(thread, host);
        }

        LinkWriter.Begin(thread, 5);
        LinkWriter.Add(thread, "REPLCONF"u8);
        LinkWriter.Add(thread, "capa"u8);
        LinkWriter.Add(thread, "eof"u8);
        LinkWriter.Add(thread, "capa"u8);
        LinkWriter.Add(thread, "psync2"u8);
        _awaited++;
        link.Enter(LinkStage.Introducing);
    }

    private void AddOption(ThreadContext thread, ReadOnlySpan<byte> name)
    {
        LinkWriter.Begin(thread, 3);
        LinkWriter.Add(thread, "REPLCONF"u8);
        LinkWriter.Add(thread, name);
        _awaited++;
    }

    private int OwnPort()
    {
        foreach (SocketAddress address in node.Server.Loop.Acceptor.BoundFor(ProtocolNumber.Unknown))
        {
            if (address.Port != 0)
            {
                return address.Port;
            }
        }

        return 0;
    }

    private void TakeAnswer(ThreadContext thread, ReadOnlySpan<byte> line)
    {
        if (_awaitsLogin && line[0] == '-')
        {
            link.Fail(thread, "it refuses the password (CONFIG SET masterauth): " + Show(line));
            return;
        }

        // An error about the rest only says that the master is older than the option.
        _awaitsLogin = false;
        if (--_awaited == 0)
        {
            Ask(thread);
        }
    }

    private void Ask(ThreadContext thread)
    {
        bool continues = replication.CanContinue;
        _asked = continues ? replication.History.Present.Name : null;
        bool handsOver = replication.IsFailingOver;
        LinkWriter.Begin(thread, handsOver ? 4 : 3);
        LinkWriter.Add(thread, "PSYNC"u8);
        if (continues)
        {
            LinkWriter.Add(thread, _asked);
            LinkWriter.Add(thread, replication.Position + 1);
        }
        else
        {
            LinkWriter.Add(thread, "?"u8);
            LinkWriter.Add(thread, "-1"u8);
        }

        if (handsOver)
        {
            LinkWriter.Add(thread, "FAILOVER"u8);
        }

        link.Enter(LinkStage.Asking);
    }

    private void TakeDecision(ThreadContext thread, ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = line;
        if (TryTakeWord(ref rest, "+FULLRESYNC "u8) && TryTakeName(ref rest, out byte[] name) && rest.Length > 1 && rest[0] == ' '
            && TryReadNumber(rest[1..], out long position))
        {
            replication.Handover.Succeed();
            PromisedHistory = name;
            PromisedPosition = position;
            link.Enter(LinkStage.Announcing);
        }
        else if (_asked is not null && line.SequenceEqual("+CONTINUE"u8))
        {
            replication.Handover.Succeed();
            link.Continue(thread, null);
        }
        else if (_asked is not null && TryTakeWord(ref rest, "+CONTINUE "u8) && TryTakeName(ref rest, out name) && rest.IsEmpty)
        {
            replication.Handover.Succeed();
            link.Continue(thread, name);
        }
        else
        {
            link.Fail(thread, "it answers PSYNC with " + Show(line));
            replication.Handover.Fail("the replica answers " + Show(line));
        }
    }

    private void TakeAnnouncement(ThreadContext thread, ReadOnlySpan<byte> line)
    {
        if (line[0] == '-')
        {
            link.Fail(thread, "it cannot make a snapshot: " + Show(line));
        }
        else if (MasterSnapshot.TryBegin(line, node.Persistence?.Folder.Path) is { } snapshot)
        {
            if (snapshot.Error is { } error)
            {
                link.Fail(thread, error, MasterLink.LongPause);
                snapshot.Dispose();
                return;
            }

            link.Receive(thread, snapshot);
        }
        else
        {
            link.Fail(thread, "it announces a snapshot with " + Show(line), MasterLink.LongPause);
        }
    }

    private static bool TryTakeWord(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> word)
    {
        bool begins = rest.StartsWith(word);
        rest = begins ? rest[word.Length..] : rest;
        return begins;
    }

    private static bool TryTakeName(ref ReadOnlySpan<byte> rest, out byte[] name)
    {
        name = [];
        if (rest.Length < ReplicationHistory.NameLength
            || rest[..ReplicationHistory.NameLength].IndexOfAnyExcept("0123456789abcdefABCDEF"u8) >= 0)
        {
            return false;
        }

        name = rest[..ReplicationHistory.NameLength].ToArray();
        rest = rest[ReplicationHistory.NameLength..];
        return true;
    }

    private static unsafe bool TryReadNumber(ReadOnlySpan<byte> text, out long number)
    {
        fixed (byte* start = text)
        {
            return Numbers.TryParse(start, text.Length, out number) && number is >= 0 and <= ReplicationHistory.MostPosition;
        }
    }
}
