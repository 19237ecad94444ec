using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <content>
/// A long last argument, a value nearly always, is received straight into the block of the store that may keep it: SET then links the
/// block, and its bytes are copied once, by the kernel.
/// </content>
internal sealed unsafe partial class RespCall
{
    // Below, a value arrives with the first recv and copying it costs less than another one.
    private const int LeastBody = 64 * 1024;

    // A block is a mapping, of which a process may have some ten thousands: who only announces a value gets none.
    private const int LeastArrived = 4096;

    // The bytes before the value: names and keys.
    private const int MostBeforeBody = 64 * 1024;

    private int _bodyOffset;
    private int _bodyLength;
    private LargeValue* _adopted;

    /// <summary>Whether storing a value takes long, because it has to be copied or is long enough that even freeing the old one takes its time.</summary>
    public bool IsLongToStore(Argument* value)
        => value->Length > (value->Data == Turn.Body ? Server.LongBodyBytes : LongValue);

    // Turns the block that a value was received into to one that the store counts. It stays pinned until the request has ended: what looks at
    // the arguments afterwards (the slow log) must not find it freed by another client. False: memory is out.
    private bool TryAdopt(Argument* value, out LargeValue* block)
    {
        block = LargeValue.OfData(value->Data);
        if (!Access.TryAdopt(block, value->Length))
        {
            block = null;
            return false;
        }

        Turn.TakeBody();
        LargeValue.Pin(block);
        _adopted = block;
        return true;
    }

    private void ReleaseAdopted()
    {
        if (_adopted != null)
        {
            LargeValue.Release(_adopted);
            _adopted = null;
        }
    }

    // Whether the last argument has arrived apart from the request's first bytes.
    private bool IsReceivedApart(byte* at, byte* end, int length, int remaining)
        => remaining == 1 && at == end && Turn.Body != null && Turn.BodyLength == length + 2;

    // Remembers where the last argument begins, should the batch end with this request.
    private void NoteBody(int remaining, long needed, int length)
    {
        long offset = needed - length - 2;
        _bodyLength = remaining == 1 && length >= LeastBody && offset <= MostBeforeBody ? length : 0;
        _bodyOffset = (int)offset;
    }

    // The batch has ended with an unfinished request: its last argument goes into a block from here on, once it has begun to arrive.
    private void ReceiveBody(long arrived)
    {
        if (arrived - _bodyOffset < LeastArrived)
        {
            Turn.NeedInput(_bodyOffset + LeastArrived);
            return;
        }

        LargeValue* block = Access.ReserveLarge(_bodyLength + 2L);
        if (block != null)
        {
            Turn.ReceiveBody(_bodyOffset, _bodyLength + 2, block->Data, (nint)block, &Abandon);
        }
        else
        {
            Turn.NeedInput(_needed);
        }
    }

    private static void Abandon(nint block) => LargeValue.Abandon((LargeValue*)block);
}
