using Epollsrv.Engine;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Protocol;

/// <summary>
/// Protocol 0: finds out from the first bytes of a connection which protocol it speaks, so that one port serves all. Consumes
/// nothing of what it recognises.
/// </summary>
internal static unsafe class Detection
{
    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume };

    private static int Consume(Turn turn, byte* data, int length)
    {
        if (data[0] == CsFrame.FirstByte)
        {
            // 'C', 'S' and a control byte: a command is 1 … 6, and no text protocol goes on like that.
            if (length < 3)
            {
                if (length == 1 || data[1] == CsFrame.SecondByte)
                {
                    return 0;
                }
            }
            else if (data[1] == CsFrame.SecondByte && data[2] < ' ')
            {
                turn.SwitchProtocol(ProtocolNumber.Cs);
                return 0;
            }
        }

        turn.Counters->ProtocolErrors++;
        turn.Write("-ERR unknown protocol: this node speaks CS frames (43 53 and a command byte)\r\n"u8);
        turn.CloseAfterFlush();
        return length;
    }
}
