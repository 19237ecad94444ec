using System;

namespace Epollsrv.Share;

/// <summary>SHA-256 of many messages: side by side where the processor has wide
/// registers but no SHA instructions. Any thread; nothing allocates.</summary>
internal static unsafe class PieceHasher
{
    /// <summary>Bytes of a file's piece; the last one is shorter.</summary>
    public const int PieceBytes = 1 << 20;

    // With fewer messages the lanes that stand empty cost more than they save.
    private const int FewestForLanes = 3;

    /// <summary>Whether messages are hashed side by side, so that handing over eight at a time is worth while.</summary>
    public static bool UsesLanes => Sha256.Best == Sha256Way.Scalar && Sha256Lanes.IsSupported;

    /// <summary>How many pieces a file of so many bytes has.</summary>
    public static long PiecesOf(long size) => (size + PieceBytes - 1) / PieceBytes;

    /// <summary>Hashes messages.</summary>
    /// <param name="pieces">Where each is.</param>
    /// <param name="lengths">Bytes of each, 0 or more.</param>
    /// <param name="count">How many.</param>
    /// <param name="hashes">Receives 32 bytes for each.</param>
    public static void HashMany(byte** pieces, int* lengths, int count, byte* hashes)
    {
        if (UsesLanes && count >= FewestForLanes)
        {
            HashInLanes(pieces, lengths, count, hashes);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            Sha256.Hash(new ReadOnlySpan<byte>(pieces[i], lengths[i]), new Span<byte>(hashes + (i * Sha256.HashBytes), Sha256.HashBytes));
        }
    }

    /// <summary>The same in lanes, whatever else there is.</summary>
    internal static void HashInLanes(byte** pieces, int* lengths, int count, byte* hashes)
    {
        uint* states = stackalloc uint[Sha256.StateWords * Sha256Lanes.Count];
        byte** data = stackalloc byte*[Sha256Lanes.Count];
        Lane* lanes = stackalloc Lane[Sha256Lanes.Count];
        int next = 0;
        int busy = 0;
        for (int lane = 0; lane < Sha256Lanes.Count; lane++)
        {
            lanes[lane].Message = -1;
            busy += Begin(lanes + lane, lane, states, pieces, lengths, ref next, count) ? 1 : 0;
        }

        while (busy > 0)
        {
            // As many blocks as the lane that ends first has; a lane without work repeats another's.
            nint blocks = nint.MaxValue;
            byte* any = null;
            for (int lane = 0; lane < Sha256Lanes.Count; lane++)
            {
                if (lanes[lane].Message >= 0)
                {
                    blocks = Math.Min(blocks, lanes[lane].Blocks);
                    any = lanes[lane].Data;
                }
            }

            for (int lane = 0; lane < Sha256Lanes.Count; lane++)
            {
                data[lane] = lanes[lane].Message >= 0 ? lanes[lane].Data : any;
            }

            Sha256Lanes.Compress(states, data, blocks);
            for (int lane = 0; lane < Sha256Lanes.Count; lane++)
            {
                if (lanes[lane].Message >= 0 && Advance(lanes + lane, lane, blocks, states, hashes)
                    && !Begin(lanes + lane, lane, states, pieces, lengths, ref next, count))
                {
                    busy--;
                }
            }
        }
    }

    // False: there are no more messages.
    private static bool Begin(Lane* lane, int number, uint* states, byte** pieces, int* lengths, ref int next, int count)
    {
        lane->Message = next < count ? next++ : -1;
        if (lane->Message < 0)
        {
            return false;
        }

        uint* state = stackalloc uint[Sha256.StateWords];
        Sha256.Begin(state);
        for (int i = 0; i < Sha256.StateWords; i++)
        {
            states[(i * Sha256Lanes.Count) + number] = state[i];
        }

        int length = lengths[lane->Message];
        int rest = length % Sha256.BlockBytes;
        lane->Data = pieces[lane->Message];
        lane->Blocks = length / Sha256.BlockBytes;
        lane->LastBlocks = Sha256.Pad(
            new ReadOnlySpan<byte>(lane->Data + length - rest, rest), length, new Span<byte>(lane->Last, 2 * Sha256.BlockBytes));
        if (lane->Blocks == 0)
        {
            BeginLast(lane);
        }

        return true;
    }

    // True: the message is at its end.
    private static bool Advance(Lane* lane, int number, nint blocks, uint* states, byte* hashes)
    {
        lane->Data += blocks * Sha256.BlockBytes;
        lane->Blocks -= blocks;
        if (lane->Blocks > 0)
        {
            return false;
        }

        if (lane->LastBlocks > 0)
        {
            BeginLast(lane);
            return false;
        }

        uint* state = stackalloc uint[Sha256.StateWords];
        for (int i = 0; i < Sha256.StateWords; i++)
        {
            state[i] = states[(i * Sha256Lanes.Count) + number];
        }

        Sha256.Write(state, new Span<byte>(hashes + (lane->Message * Sha256.HashBytes), Sha256.HashBytes));
        return true;
    }

    private static void BeginLast(Lane* lane)
    {
        lane->Data = lane->Last;
        lane->Blocks = lane->LastBlocks;
        lane->LastBlocks = 0;
    }

    // One message on its way: its whole blocks, then what pads it.
    private struct Lane
    {
        public int Message;
        public int LastBlocks;
        public byte* Data;
        public nint Blocks;
        public fixed byte Last[2 * Sha256.BlockBytes];
    }
}
