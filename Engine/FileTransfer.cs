namespace Epollsrv.Engine;

/// <summary>One file on its way to a client: a place in <see cref="FileTransfers"/>.</summary>
internal unsafe struct FileTransfer
{
    /// <summary>Longest name, bytes.</summary>
    public const int LongestName = 255;

    /// <summary>A place nobody has.</summary>
    public const int Free = 0;

    /// <summary>A place that is being filled in.</summary>
    public const int Taken = 1;

    /// <summary>A place that may be shown.</summary>
    public const int Shown = 2;

    /// <summary>One of the three above.</summary>
    public int State;

    /// <summary>How often the place was taken.</summary>
    public int Generation;

    /// <summary>Bytes of the file.</summary>
    public long Size;

    /// <summary>The next byte to send. Written by the connection's owner, read in passing.</summary>
    public long Done;

    /// <summary>Bytes of <see cref="Name"/>.</summary>
    public int NameLength;

    /// <summary>The file's name.</summary>
    public fixed byte Name[LongestName];
}
