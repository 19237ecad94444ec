namespace Epollsrv.Journal;

/// <summary>One file of the log, as the manifest names it.</summary>
internal sealed class ManifestEntry
{
    /// <summary>Names a file.</summary>
    public ManifestEntry(string name, long sequence, ManifestKind kind)
    {
        Name = name;
        Sequence = sequence;
        Kind = kind;
    }

    /// <summary>The file's name, without a folder (<see cref="Native.ByteText"/>).</summary>
    public string Name { get; }

    /// <summary>The number in the name, counted apart for bases and for increments; not 0.</summary>
    public long Sequence { get; }

    /// <summary>What the file is.</summary>
    public ManifestKind Kind { get; }
}
