using System;
using System.Net;
using System.Runtime.InteropServices;
using System.Threading;

using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Tests.Unit;

using Xunit;

using SocketAddress = Epollsrv.Native.SocketAddress;

namespace Epollsrv.Tests.Integration.Gate;

/// <summary>
/// The engine with its gate on, under a protocol of single letters. A request ends with '|'. In it a digit holds the request until that
/// position and + until the next one; r notes the connection, P posts "&lt;posted&gt;" to the noted one, k kills it; q closes, p pauses,
/// l needs a worker; M and L write a middle and a long reply, R sends memory that stays where it is, F a file. Other bytes come back.
/// </summary>
internal sealed unsafe class GateServer : IDisposable
{
    public const int Middle = 50_000;
    public const int Long = 100_000;
    public const int FileLength = 300_000;

    private static readonly byte* _lasting = Lasting();
    private readonly Beside _loop;
    private readonly TemporaryFolder _folder = new();
    private readonly string _file;
    private readonly GCHandle _self;
    private int _released;
    private ulong _noted;
    private long _wanted;

    /// <summary>Starts it; a place is "DISPATCH REARM".</summary>
    public GateServer(string place, Action<ServerOptions>? change = null)
    {
        string[] words = place.Split(' ');
        ServerOptions options = new()
        {
            Protocols = [new ProtocolEntry { Consume = &Consume }],
            Workers = 2,
            Dispatch = words[0] == "queue" ? DispatchPolicy.Queue : DispatchPolicy.Adaptive,
            Rearm = words[1] == "edge" ? RearmWay.Edge : words[1] == "oneshot" ? RearmWay.OneShot : RearmWay.Delete,
            MaxClients = 100,
            Owner = this,
        };
        change?.Invoke(options);
        Assert.True(SocketAddress.TryParse("127.0.0.1", 0, out SocketAddress address));
        options.ListenOn(address);
        _file = _folder.Write("file", new string('f', FileLength));
        _self = GCHandle.Alloc(this);
        Server = new Server(options);
        Gate.Source->IsOn = 1;
        Assert.True(Server.Listen(out string error), error);
        _loop = new Beside(() => Server.Run() == 0 ? null : "the loop failed");
    }

    public Server Server { get; }

    public ReplyGate Gate => Server.Gate;

    /// <summary>How often memory that stays where it is was released.</summary>
    public int Released => Volatile.Read(ref _released);

    /// <summary>The position that + asked for last.</summary>
    public long Wanted => Volatile.Read(ref _wanted);

    public Client Connect(int receiveBuffer = 0) => new(new IPEndPoint(IPAddress.Loopback, Server.BoundAddresses[0].Port), receiveBuffer);

    /// <summary>Waits until so many connections are held.</summary>
    public void UntilHeld(int count) => NodeUnderTest.Until(() => Gate.Waiting == count, "held connections");

    /// <summary>Waits until no connection is held and no byte counts as held.</summary>
    public void UntilNothingIsHeld() => NodeUnderTest.Until(() => Gate.Waiting == 0 && Server.Buffers.HeldBack == 0, "nothing is held");

    public void SetOn(bool on) => Volatile.Write(ref Gate.Source->IsOn, on ? 1 : 0);

    /// <summary>The sum of a counter over all threads.</summary>
    public long Count(Func<Counters, long> counter)
    {
        long sum = 0;
        foreach (ThreadContext thread in Server.Threads)
        {
            sum += counter(*thread.Counters);
        }

        return sum;
    }

    public void Stop()
    {
        Server.RequestStop();
        _loop.Check();
    }

    public void Dispose()
    {
        if (!_loop.IsOver)
        {
            // What is still held need not wait for the end of the stop's time.
            SetOn(false);
            Gate.Publish(long.MaxValue);
            Server.RequestStop();
        }

        _loop.Check();
        _folder.Dispose();
        _self.Free();
    }

    private static byte* Lasting()
    {
        byte* memory = (byte*)NativeMemory.Alloc(Long);
        new Span<byte>(memory, Long).Fill((byte)'R');
        return memory;
    }

    private static void Release(BufferPool pool, nint owner) =>
        Interlocked.Increment(ref ((GateServer)GCHandle.FromIntPtr(owner).Target!)._released);

    private static int Consume(ThreadContext thread, byte* data, int length)
    {
        GateServer server = (GateServer)thread.Server.Options.Owner!;
        int begin = 0;
        for (int i = 0; i < length && !thread.ShouldStop; i++)
        {
            if (data[i] != (byte)'|')
            {
                continue;
            }

            for (int at = begin; at < i; at++)
            {
                server.Run(thread, data[at], data + at);
                if (thread.Deferred)
                {
                    return begin;
                }
            }

            begin = i + 1;
            thread.Counters->Requests++;
            if (thread.Gate.IsOn)
            {
                thread.Gate.EndRequest();
            }
        }

        return begin;
    }

    private void Run(ThreadContext thread, byte letter, byte* data)
    {
        switch ((char)letter)
        {
            case >= '0' and <= '9':
                thread.Gate.HoldUntil(letter - '0');
                break;
            case '+':
                long wanted = thread.Server.Gate.Durable + 1;
                thread.Gate.HoldUntil(wanted);
                Volatile.Write(ref _wanted, wanted);
                break;
            case 'r':
                _noted = thread.Token;
                break;
            case 'P':
                SharedBytes* bytes = SharedBytes.TryCreate(thread.Server.Buffers, 8);
                "<posted>"u8.CopyTo(new Span<byte>(SharedBytes.Data(bytes), 8));
                thread.Output.Write(thread.Gate.Post(_noted, bytes, 0) ? "+"u8 : "-"u8);
                SharedBytes.Release(thread.Server.Buffers, bytes);
                break;
            case 'k':
                thread.Output.Write(thread.Server.Signals.Kill(_noted) ? "+"u8 : "-"u8);
                break;
            case 'q':
                thread.CloseAfterFlush();
                break;
            case 'p':
                thread.PauseInput();
                break;
            case 'l':
                _ = thread.DeferLong();
                break;
            case 'M':
                Fill(thread, Middle);
                break;
            case 'L':
                thread.Output.Write(_lasting, Long);
                break;
            case 'R':
                thread.WriteReference(_lasting, Long, GCHandle.ToIntPtr(_self), &Release);
                break;
            case 'F':
                thread.WriteFile(Files.Open(_file, Files.ReadOnly), 0, FileLength);
                break;
            default:
                thread.Output.Write(data, 1);
                break;
        }
    }

    private static void Fill(ThreadContext thread, int length)
    {
        new Span<byte>(thread.Output.Reserve(length), length).Fill((byte)'M');
        thread.Output.Advance(length);
    }
}
