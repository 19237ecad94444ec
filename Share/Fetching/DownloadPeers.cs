using System;
using System.Collections.Generic;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>The peers of a download, in the order in which the ring named them. Belongs to the download's thread.</summary>
internal sealed unsafe class DownloadPeers
{
    private const int Most = 256;
    private const int MostActive = 32;

    private readonly Download _download;
    private readonly List<PeerSource> _peers = [];
    private readonly PollEntry[] _entries = GC.AllocateArray<PollEntry>(Most, pinned: true);

    public DownloadPeers(Download download) => _download = download;

    /// <summary>All of them, those that were left out included.</summary>
    public List<PeerSource> All => _peers;

    /// <summary>A number for a holder, the same everywhere, never 0.</summary>
    public static ulong NumberOf(ReadOnlySpan<byte> holder) => (ulong)RingHash.Compute(holder) + 1;

    /// <summary>Adds one, if it is not there.</summary>
    public void Add(PeerAddress node)
    {
        int active = 0;
        foreach (PeerSource peer in _peers)
        {
            if (peer.Node.Port == node.Port && peer.Node.Host == node.Host)
            {
                return;
            }

            active += peer.Stage == PeerStage.LeftOut ? 0 : 1;
        }

        if (_peers.Count < Most && active < MostActive)
        {
            _peers.Add(new PeerSource(_download, node) { Number = NumberOf(node.Holder) });
        }
    }

    /// <summary>How many there are of a kind.</summary>
    public int Count(PeerTest test)
    {
        int count = 0;
        foreach (PeerSource peer in _peers)
        {
            count += test switch
            {
                PeerTest.Ready => peer.IsReady,
                PeerTest.Sender => peer.Sent > 0,
                PeerTest.Undecided => peer.IsUndecided,
                PeerTest.Hashing => peer.Copy.Answer == PeerAnswer.Hashing && !peer.IsHopeless,
                PeerTest.Known => peer.Copy.Answer == PeerAnswer.Known,
                PeerTest.Plain => peer.Copy.Answer == PeerAnswer.Plain,
                PeerTest.Hopeful => !peer.IsHopeless,
                _ => peer.Copy.Have is not null && peer.Stage != PeerStage.LeftOut,
            } ? 1 : 0;
        }

        return count;
    }

    /// <summary>Those that have the file but no list of its pieces.</summary>
    public PeerAddress[] Plain()
    {
        List<PeerAddress> plain = [];
        foreach (PeerSource peer in _peers)
        {
            if (peer.Copy.Answer == PeerAnswer.Plain)
            {
                plain.Add(peer.Node);
            }
        }

        return plain.ToArray();
    }

    /// <summary>Notes what each waits for.</summary>
    /// <returns>When one has something to do although nothing happens.</returns>
    public long Watch()
    {
        long wake = long.MaxValue;
        for (int i = 0; i < _peers.Count; i++)
        {
            _peers[i].Watch(ref _entries[i]);
            wake = Math.Min(wake, _peers[i].NextTurn());
        }

        return wake;
    }

    /// <summary>Waits for one of them; after <see cref="Watch"/>.</summary>
    /// <returns>For how many something happened.</returns>
    public int Poll(int milliseconds)
    {
        fixed (PollEntry* entries = _entries)
        {
            return Descriptor.Poll(entries, _peers.Count, milliseconds);
        }
    }

    /// <summary>One does what it can; after <see cref="Poll"/>.</summary>
    public void PollPeer(int index, long now) => _peers[index].Poll(now, _entries[index].Returned);

    /// <summary>Ends all connections.</summary>
    public void Close()
    {
        foreach (PeerSource peer in _peers)
        {
            peer.Close();
        }
    }
}
