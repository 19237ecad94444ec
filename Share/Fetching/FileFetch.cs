using System;
using System.Globalization;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>
/// The fetching of the one file that peers agreed on, from the target to the whole file: opening, going on from
/// what is there, fetching, finishing, and letting others have it meanwhile. Belongs to the download's thread.
/// </summary>
internal sealed class FileFetch
{
    private const long Second = 1_000_000_000;

    private readonly Download _download;
    private readonly DownloadOptions _options;
    private readonly PieceChooser _chooser;
    private readonly byte[]? _expectedDigest;
    private PartFile? _part;
    private UnfinishedFile? _served;
    private bool _isDisproved;
    private long _nextSecond;

    /// <summary>Prepares; nothing happens before <see cref="Run"/>.</summary>
    /// <param name="download">The download.</param>
    /// <param name="identity">The file.</param>
    /// <param name="digest">The plain SHA-256 that it must have, or null.</param>
    public FileFetch(Download download, FileIdentity identity, byte[]? digest)
    {
        _download = download;
        _options = download.Options;
        _expectedDigest = digest;
        Identity = identity;
        Map = new PieceMap(identity);
        List = new ListFetch(download, Map);
        Intake = new PieceIntake(download, Map, hashesWhole: _options.Check == DownloadCheck.All && digest is not null);
        _chooser = new PieceChooser(download, this);
        Intake.Chooser = _chooser;
    }

    /// <summary>What file it is.</summary>
    public FileIdentity Identity { get; }

    /// <summary>Its pieces.</summary>
    public PieceMap Map { get; }

    /// <summary>The list of their hashes.</summary>
    public ListFetch List { get; }

    /// <summary>What happens to pieces that have arrived.</summary>
    public PieceIntake Intake { get; }

    /// <summary>Whether others can have what is here.</summary>
    public bool IsServed => _served is not null;

    /// <summary>Whether it ended because no peer is left.</summary>
    public bool IsAlone { get; private set; }

    /// <summary>Whether nothing of it has left the program.</summary>
    public bool MayBeGivenUp => Intake.NextOut == 0;

    /// <summary>Whether a piece was right, and the whole is not known to be wrong.</summary>
    public bool IsProven => Map.Done > 0 && !_isDisproved;

    /// <summary>Bytes that were here before.</summary>
    public long ResumedBytes { get; private set; }

    /// <summary>Pieces that were here before.</summary>
    public int ResumedPieces { get; private set; }

    /// <summary>The plain SHA-256 that was computed, or null.</summary>
    public byte[]? WholeDigest { get; private set; }

    /// <summary>Fetches the file.</summary>
    /// <returns>Whether it is whole.</returns>
    public bool Run() => Prepare() && FetchPieces() && Finish();

    /// <summary>What a user can do about a download that has stopped: "; 3 of 7 pieces are kept in …", or nothing.</summary>
    public string Kept() => Map.Done == 0 || _part is null || _part.IsGone ? string.Empty
        : "; " + Text(Map.Done) + " of " + Text(Map.Count) + " pieces are kept in " + _part.Path + ", the same command goes on from there";

    /// <summary>What is to be done now and then.</summary>
    public void Tick(long now)
    {
        _chooser.Judge(now);
        if (now >= _nextSecond)
        {
            _nextSecond = now + Second;
            if (_part is { IsGone: true })
            {
                _download.Stop(-Errno.NoEntry);
            }
        }
    }

    /// <summary>Others can no longer read what is here; the ring forgets it.</summary>
    public void StopServing()
    {
        if (_served is not null)
        {
            _download.Holders?.Withdraw();
            UnfinishedFiles.Remove(_served);
            _served = null;
        }
    }

    /// <summary>Closes the file and gives buffers back; the map stays.</summary>
    public void Close()
    {
        _part?.Close();
        _part = null;
        Intake.Drop();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private bool NobodyLeft()
    {
        IsAlone = true;
        return false;
    }

    // Opens the target, finds what is there already, and gets the list.
    private bool Prepare()
    {
        if (_download.Buffers.Free == 0)
        {
            _download.Warn(_download.DisplayName + ": out of memory: " + Text(PieceBuffers.Count)
                + " MB are needed for pieces on their way");
            return false;
        }

        if (!Map.HasMemory)
        {
            _download.Warn(_download.DisplayName + ": out of memory: " + Text(Map.Count) + " pieces need " + Text(Map.Count * 33L)
                + " bytes");
            return false;
        }

        if (_download.IsOrdered)
        {
            return FetchList();
        }

        _part = PartFile.Open(_options.Target!, out string complaint);
        if (_part is null)
        {
            _download.Warn(complaint);
            return false;
        }

        Intake.Part = _part;
        if (_part.TryResume(Map, out byte[] bits, out bool isOther))
        {
            Resume(bits);
        }
        else if (!BeginAnew(isOther))
        {
            return false;
        }

        Serve();
        return true;
    }

    private bool FetchList() => List.Fetch() ? !_download.HasFailed : NobodyLeft();

    private void Resume(byte[] bits)
    {
        Intake.Resume(bits);
        ResumedPieces = Map.Done;
        ResumedBytes = Map.DoneBytes;
        if (ResumedPieces > 0)
        {
            _download.Warn(_download.DisplayName + ": " + Text(ResumedPieces) + " of " + Text(Map.Count) + " pieces are here already");
        }
    }

    private bool BeginAnew(bool isOther)
    {
        if (isOther)
        {
            _download.Warn(_part!.Path + ": holds pieces of other content; begun anew");
        }

        if (!FetchList())
        {
            return false;
        }

        int result = _part!.Begin(Map);
        if (result < 0)
        {
            _download.Stop(result);
            return false;
        }

        long free = OwnFile.FreeSpace(_part.FileDescriptor);
        if (free < Identity.Size)
        {
            // Not refused: room may be made meanwhile, and some file systems compress.
            _download.Warn(_options.Target + ": " + Text(Identity.Size) + " bytes are needed, but only " + Text(free) + " are free there");
        }

        return true;
    }

    // Lets others have what is here, when this download is to be served.
    private void Serve()
    {
        _chooser.Begin();
        if (_options.Holder is null || Map.Count == 0)
        {
            return;
        }

        int descriptor = Descriptor.Duplicate(_part!.FileDescriptor);
        if (descriptor >= 0)
        {
            _served = new UnfinishedFile { Name = _options.Name, Map = Map, FileDescriptor = descriptor, Digest = _expectedDigest };
            UnfinishedFiles.Add(_served);
            _download.Holders?.Register(_options.Holder);
        }
    }

    private bool FetchPieces()
    {
        while (!Map.IsWhole && !_download.HasFailed)
        {
            _chooser.Schedule(Clock.Monotonic());
            _download.Poll(100);
            Intake.HashWhole(1);
            if (Intake.Ready == 0 && !Map.IsWhole && _download.Peers.Count(PeerTest.Hopeful) == 0)
            {
                return NobodyLeft();
            }
        }

        return !_download.HasFailed;
    }

    private bool Finish()
    {
        _download.Peers.Close();
        Intake.HashWhole(int.MaxValue);
        if (_download.HasFailed)
        {
            return false;
        }

        WholeDigest = Intake.FinishWhole();
        if (WholeDigest is not null && !WholeDigest.AsSpan().SequenceEqual(_expectedDigest))
        {
            _download.Warn(_download.DisplayName + ": every piece is right, but the SHA-256 of the whole is not the one "
                + (_options.Digest is null ? "its holders give" : "that was asked for")
                    + (_download.IsOrdered ? string.Empty : "; what was fetched is removed"));
            _part?.Discard();
            _isDisproved = true;
            return false;
        }

        int result = _part?.Commit() ?? 0;
        if (result < 0)
        {
            _download.Stop(result);
        }
        else if (_served is not null)
        {
            lock (UnfinishedFiles.Gate)
            {
                _served.Changed = Files.Status(_served.FileDescriptor, out FileStatus status) < 0 ? 0 : status.ChangedNanoseconds;
            }
        }

        _options.Progress?.Invoke(_download);
        return result >= 0;
    }
}
