using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Epollsrv.Commands;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary>
/// <c>epollsrv-bench floor</c> (not in the help): the least that a server with one thread and epoll can do for a RESP request. It waits,
/// receives and sends a constant: it parses nothing and stores nothing. What real servers are compared with.
/// </summary>
internal static unsafe class FloorCommand
{
    private const int EventCapacity = 256;
    private const int InputCapacity = 1 << 16;
    private const int OutputCapacity = 1 << 21;
    private const int Backlog = 4096;
    private const byte RequestMark = (byte)'*';

    /// <summary>Runs until a signal ends it.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "floor", "Answers every RESP request with a constant: what any server must take at least.",
            string.Empty)
        { Program = Program.Name }
            .Integer("port", 0, 0, 65535, "Port on 127.0.0.1; 0: a free one.")
            .Size("reply", "64", 1, OutputCapacity / 2, "Bytes of the value that answers what is not SET.");
        int code = options.Parse(arguments);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        _ = ProcessLimits.RaiseOpenFiles();
        _ = SocketAddress.TryParse("127.0.0.1", options.GetInteger("port"), out SocketAddress address);
        int listener = Socket.Create(SocketAddress.FamilyIPv4);
        Socket.ReuseAddress(listener);
        Socket.NoDelay(listener);
        int result = Socket.Bind(listener, ref address);
        result = result < 0 ? result : Socket.Listen(listener, Backlog);
        if (result < 0)
        {
            Log.Error("cannot listen on " + address.ToString() + ": " + Errno.Describe(result));
            return ExitCode.Unreachable;
        }

        _ = Socket.LocalAddress(listener, out address);
        Log.Info("ready on " + address.ToString());
        Serve(listener, (int)options.GetSize("reply"));
        return ExitCode.Failed;
    }

    private static void Serve(int listener, int size)
    {
        byte[] header = Encoding.ASCII.GetBytes("$" + ValueText.FormatInteger(size) + "\r\n");
        int replyLength = header.Length + size + 2;
        byte* reply = (byte*)NativeMemory.Alloc((nuint)replyLength);
        header.CopyTo(new Span<byte>(reply, header.Length));
        RequestWriter.FillValue(new Span<byte>(reply + header.Length, size));
        "\r\n"u8.CopyTo(new Span<byte>(reply + replyLength - 2, 2));

        byte* events = (byte*)NativeMemory.Alloc(EventCapacity * 16);
        byte* input = (byte*)NativeMemory.AllocZeroed(InputCapacity + 16);
        byte* output = (byte*)NativeMemory.Alloc(OutputCapacity);
        int epoll = Epoll.Create();
        int count = Epoll.AddDescriptor(epoll, listener, Epoll.In, (ulong)listener);
        while (count >= 0)
        {
            count = Epoll.Wait(epoll, events, EventCapacity, -1);
            for (int i = 0; i < count; i++)
            {
                int descriptor = (int)Epoll.TokenAt(events, i);
                if (descriptor == listener)
                {
                    int accepted;
                    while ((accepted = Socket.Accept(listener)) >= 0)
                    {
                        _ = Epoll.AddDescriptor(epoll, accepted, Epoll.In, (ulong)accepted);
                    }
                }
                else
                {
                    Answer(descriptor, input, output, reply, replyLength);
                }
            }
        }
    }

    // A request is counted by its '*', and the ninth byte after that tells SET from GET. The load generator's keys and values hold no '*'.
    private static void Answer(int descriptor, byte* input, byte* output, byte* reply, int replyLength)
    {
        nint received = Socket.Receive(descriptor, input, InputCapacity);
        if (received <= 0)
        {
            if (received != -Errno.Again)
            {
                Descriptor.Close(descriptor);
            }

            return;
        }

        ReadOnlySpan<byte> rest = new(input, (int)received);
        int used = 0;
        int place;
        while ((place = rest.IndexOf(RequestMark)) >= 0)
        {
            if (used + replyLength > OutputCapacity)
            {
                Send(descriptor, output, used);
                used = 0;
            }

            if (rest.Length > place + 8 && rest[place + 8] == 'S')
            {
                "+OK\r\n"u8.CopyTo(new Span<byte>(output + used, 5));
                used += 5;
            }
            else
            {
                Unsafe.CopyBlockUnaligned(output + used, reply, (uint)replyLength);
                used += replyLength;
            }

            rest = rest[(place + 1)..];
        }

        Send(descriptor, output, used);
    }

    private static void Send(int descriptor, byte* output, int length)
    {
        for (nint done = 0; done < length;)
        {
            nint sent = Socket.Send(descriptor, output + done, (nint)length - done, 0);
            if (sent == -Errno.Again)
            {
                sent = Math.Min(0, Descriptor.Poll(descriptor, PollEntry.Out, -1));
            }

            if (sent < 0)
            {
                return;
            }

            done += sent;
        }
    }
}
