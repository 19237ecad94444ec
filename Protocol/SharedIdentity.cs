namespace Epollsrv.Protocol;

/// <summary>What is known of a shared file's content once it is hashed.</summary>
internal unsafe struct SharedIdentity
{
    /// <summary>Bytes of a SHA-256.</summary>
    public const int HashBytes = 32;

    /// <summary>SHA-256 of the list of the pieces' SHA-256: with the size, the file's identity.</summary>
    public fixed byte Pieces[HashBytes];

    /// <summary>SHA-256 of the whole file.</summary>
    public fixed byte Whole[HashBytes];

    /// <summary>Whether <see cref="Whole"/> is known too.</summary>
    public bool HasWhole;
}
