using System;
using System.Text;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Tests.Integration;

/// <summary>CS frames as tests write them.</summary>
internal static class Frames
{
    public static byte[] Request(byte command, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value = default, byte flags = 0)
    {
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, command, key, value, flags);
        return frame;
    }

    public static byte[] Put(string key, string value) =>
        Request(CsFrame.Put, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), CsFrame.FlagReplace);

    public static byte[] Get(string key) => Request(CsFrame.Get, Encoding.UTF8.GetBytes(key));

    public static byte[] Delete(string key) => Request(CsFrame.Delete, Encoding.UTF8.GetBytes(key));

    public static byte[] PeerRequest(string name) => Request(CsFrame.PeerRequest, Encoding.UTF8.GetBytes(name));

    public static byte[] WithStatus(byte[] request, byte status)
    {
        byte[] reply = (byte[])request.Clone();
        reply[CsFrame.StatusOffset] = status;
        return reply;
    }

    /// <summary>The reply to a GET of a key that holds this value.</summary>
    public static byte[] Found(byte[] request, ReadOnlySpan<byte> value)
    {
        byte[] reply = new byte[CsFrame.Size];
        CsFrame.WriteGetReply(request, reply, value);
        return reply;
    }

    /// <summary>Frames one after another.</summary>
    public static byte[] Join(params byte[][] frames)
    {
        byte[] all = new byte[frames.Length * CsFrame.Size];
        for (int i = 0; i < frames.Length; i++)
        {
            frames[i].CopyTo(all, i * CsFrame.Size);
        }

        return all;
    }
}
