using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Epollsrv.Engine;

/// <summary>
/// The long last part of a thread's present request, received apart from the request's first bytes, straight to where it will stay
/// (<see cref="BodyInput"/>). Belongs to the thread.
/// </summary>
internal unsafe struct RequestBody
{
    /// <summary>The part, whole; null when there is none.</summary>
    public byte* Data { get; private set; }

    /// <summary>Bytes of <see cref="Data"/>.</summary>
    public int Length { get; private set; }

    /// <summary>What <see cref="Receive"/> asked for.</summary>
    public BodyInput Wanted { get; private set; }

    /// <summary>Where it begins; 0: nothing was asked for.</summary>
    public int WantedOffset { get; set; }

    /// <summary>
    /// Says that the request the input ends with is whole once <paramref name="length"/> more bytes have followed its first
    /// <paramref name="offset"/>, and where they are to be received: not into the connection's buffer. What has arrived of them is copied
    /// by the engine. The protocol is called again when all are there, with the first bytes as its input and <see cref="Data"/>. Asked for
    /// just before it returns, having consumed up to that request, and once.
    /// </summary>
    /// <param name="offset">Bytes of the request before that part, at least 1.</param>
    /// <param name="length">Bytes of the part.</param>
    /// <param name="target">Room for them.</param>
    /// <param name="owner">What <paramref name="release"/> is called with.</param>
    /// <param name="release">Called once, on any thread, when the request or the connection ends, unless <see cref="Take"/> was.</param>
    public void Receive(int offset, int length, byte* target, nint owner, delegate*<nint, void> release)
    {
        Debug.Assert(WantedOffset == 0, "a part was asked for already, and nobody would release it");
        WantedOffset = offset;
        Wanted = new BodyInput { Target = target, Owner = owner, Release = release, Length = length };
    }

    /// <summary>The memory of <see cref="Data"/> is the protocol's from here on.</summary>
    public void Take(ConnectionSlot* slot)
    {
        BodyInput.Of(slot)->Release = null;
        Data = null;
    }

    /// <summary>Shows the protocol the part that has arrived.</summary>
    public void Show(BodyInput* body)
    {
        WantedOffset = 0;
        Data = body->Target;
        Length = body->Length;
    }

    /// <summary>Shows the protocol no such part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Hide()
    {
        WantedOffset = 0;
        Data = null;
        Length = 0;
    }
}
