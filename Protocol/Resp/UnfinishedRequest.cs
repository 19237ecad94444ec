using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The request whose beginning a batch ends with: how far it was looked at, and what it waits for. A long last argument, a value nearly
/// always, is received straight into the block of the store that may keep it: SET then links the block, and its bytes are copied once, by
/// the kernel.
/// </summary>
internal unsafe struct UnfinishedRequest
{
    // From here on a second look goes on where the first one stopped.
    private const int ResumeFrom = 4096;

    // Below, a value arrives with the first recv and copying it costs less than another one.
    private const int LeastBody = 64 * 1024;

    // A block is a mapping, of which a process may have some ten thousands: who only announces a value gets none.
    private const int LeastArrived = 4096;

    // The bytes before the value: names and keys.
    private const int MostBeforeBody = 64 * 1024;

    private int _remaining;
    private int _resumeOffset;
    private long _needed;
    private int _bodyOffset;
    private int _bodyLength;

    /// <summary>Whether there is one.</summary>
    public readonly bool IsNoted => _remaining != 0;

    /// <summary>Forgets it.</summary>
    public void Clear() => _remaining = 0;

    /// <summary>Whether the last argument, of so many bytes, has arrived apart from the request's first bytes.</summary>
    public static bool HasBody(ThreadContext thread, byte* at, byte* end, int length, int remaining)
        => remaining == 1 && at == end && thread.Body.Data != null && thread.Body.Length == length + 2;

    /// <summary>Remembers a request whose end was not found.</summary>
    /// <param name="seen">Bytes of it in front of the first argument that is not complete.</param>
    /// <param name="remaining">Arguments that are not complete.</param>
    /// <param name="needed">Bytes of it up to the end of that argument; 0: not known.</param>
    /// <param name="length">Bytes of that argument.</param>
    public void Note(long seen, int remaining, long needed, int length)
    {
        long offset = needed - length - 2;
        _bodyLength = remaining == 1 && length >= LeastBody && offset <= MostBeforeBody ? length : 0;
        _bodyOffset = (int)offset;
        _needed = needed;
        _remaining = remaining;
        _resumeOffset = seen >= ResumeFrom ? (int)seen : 0;
    }

    /// <summary>
    /// The batch ends: the connection remembers how far the request was looked at, and the engine is told what it waits for.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="thread">Owns it.</param>
    /// <param name="access">Reserves memory for a long value.</param>
    /// <param name="arrived">Bytes of the request that are there.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public readonly void End(RespConnection* connection, ThreadContext thread, StoreAccess access, long arrived)
    {
        connection->ResumeOffset = _resumeOffset;
        connection->ResumeRemaining = _remaining;
        if (_needed != 0 && (_bodyLength == 0 || !TryReceiveBody(thread, access, arrived)))
        {
            thread.NeedInput(_needed);
        }
    }

    // The last argument goes into a block from here on, once it has begun to arrive. False: there is no memory for one.
    private readonly bool TryReceiveBody(ThreadContext thread, StoreAccess access, long arrived)
    {
        if (arrived - _bodyOffset < LeastArrived)
        {
            thread.NeedInput(_bodyOffset + LeastArrived);
            return true;
        }

        LargeValue* block = access.Memory.ReserveLarge(_bodyLength + 2L);
        if (block == null)
        {
            return false;
        }

        thread.Body.Receive(_bodyOffset, _bodyLength + 2, block->Data, (nint)block, &Abandon);
        return true;
    }

    private static void Abandon(nint block) => LargeValue.Abandon((LargeValue*)block);
}
