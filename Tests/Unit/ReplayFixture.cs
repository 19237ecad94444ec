using System;
using System.Runtime.InteropServices;
using System.Text;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Tests.Unit.Store;
using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>A store of its own, and what runs commands on it that no client sent.</summary>
internal sealed unsafe class ReplayFixture : IDisposable
{
    internal ReplayFixture(CommandSource source = CommandSource.Loader)
    {
        ServerOptions options = new() { MaxClients = 16 };
        Assert.True(SocketAddress.TryParse("127.0.0.1", 0, out SocketAddress address));
        options.ListenOn(address);
        Server = new Server(options);
        RespCommon node = new(new ProtocolCommon(Store.Store, new ProtocolOptions { Password = [1] }), new RespOptions());
        Replay = new CommandReplay(node, Server, source);
    }

    internal StoreFixture Store { get; } = new();

    internal Server Server { get; }

    internal CommandReplay Replay { get; }

    internal string Error => Encoding.ASCII.GetString(Replay.Error);

    public void Dispose()
    {
        // It closes its descriptors at the end of a run.
        Assert.True(Server.Listen(out string complaint), complaint);
        Server.RequestStop();
        Assert.Equal(0, Server.Run());
        Store.Dispose();
    }

    /// <summary>Runs a command that must not fail.</summary>
    internal void Done(params string[] words)
    {
        CommandOutcome outcome = Execute(words);
        Assert.Equal(string.Empty, Error);
        Assert.Equal(CommandOutcome.Done, outcome);
    }

    /// <summary>Runs a command, whose words are bytes.</summary>
    internal CommandOutcome Execute(params string[] words)
    {
        Argument* arguments = (Argument*)NativeMemory.Alloc((nuint)(words.Length * sizeof(Argument)));
        for (int i = 0; i < words.Length; i++)
        {
            byte[] bytes = Encoding.Latin1.GetBytes(words[i]);
            arguments[i].Length = bytes.Length;
            arguments[i].Data = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 16);
            bytes.CopyTo(new Span<byte>(arguments[i].Data, bytes.Length));
        }

        CommandOutcome outcome = Replay.Execute(arguments, words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            NativeMemory.Free(arguments[i].Data);
        }

        NativeMemory.Free(arguments);
        return outcome;
    }
}
