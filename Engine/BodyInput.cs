namespace Epollsrv.Engine;

/// <summary>
/// The long last part of an unfinished request, received straight to where it will stay (<see cref="RequestBody.Receive"/>). Lies at the
/// end of the connection's input buffer, which holds the bytes before that part; there only with <see cref="ConnectionFlags.HasBody"/>.
/// Owner only.
/// </summary>
internal unsafe struct BodyInput
{
    /// <summary>Where the bytes go.</summary>
    public byte* Target;

    /// <summary>What <see cref="Release"/> is called with.</summary>
    public nint Owner;

    /// <summary>Frees the target when the protocol did not take it.</summary>
    public delegate*<nint, void> Release;

    /// <summary>Bytes there will be.</summary>
    public int Length;

    /// <summary>Bytes there are; they count against --max-buffers.</summary>
    public int Filled;

    /// <summary>Whether all have arrived.</summary>
    public readonly bool IsWhole => Filled == Length;

    /// <summary>The body of a connection that has one.</summary>
    public static BodyInput* Of(ConnectionSlot* slot) => (BodyInput*)(slot->Input + slot->InputCapacity - sizeof(BodyInput));
}
