using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>Eight SHA-256 side by side, one in each 32-bit lane of AVX2 registers: for processors without SHA instructions.</summary>
internal static unsafe class Sha256Lanes
{
    /// <summary>Messages at a time.</summary>
    public const int Count = 8;

    /// <summary>Whether the processor has AVX2 and this is the native program;
    /// without, it is slower than one message after the other.</summary>
    public static bool IsSupported => Sha256Instructions.HasLanes;

    /// <summary>Takes blocks of each message into its state.</summary>
    /// <param name="states">Word i of message j at 8 i + j.</param>
    /// <param name="data">Where each message's blocks are.</param>
    /// <param name="blocks">How many of each.</param>
    public static void Compress(uint* states, byte** data, nint blocks)
    {
        if (IsSupported)
        {
            Sha256Instructions.CompressLanes(states, data, blocks, Sha256.Constants);
            return;
        }

        uint* state = stackalloc uint[Sha256.StateWords];
        for (int lane = 0; lane < Count; lane++)
        {
            for (int i = 0; i < Sha256.StateWords; i++)
            {
                state[i] = states[(i * Count) + lane];
            }

            Sha256Scalar.Compress(state, null, data[lane], blocks);
            for (int i = 0; i < Sha256.StateWords; i++)
            {
                states[(i * Count) + lane] = state[i];
            }
        }
    }
}
