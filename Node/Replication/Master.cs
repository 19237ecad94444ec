using System;
using System.Text;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>The node that this one follows. Each time that a node is begun to be followed is one of its own.</summary>
internal sealed class Master
{
    /// <summary>Names it.</summary>
    public Master(byte[] host, int port)
    {
        Host = host;
        Port = port;
        Name = ByteText.Decode(host);
        Text = (Name.Contains(':', StringComparison.Ordinal) ? "[" + Name + "]:" : Name + ":") + ValueText.FormatInteger(port);
        Refusal = Encoding.UTF8.GetBytes("this node is a replica and takes no writes: write to its master " + Text);
    }

    /// <summary>Its name or address.</summary>
    public byte[] Host { get; }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary><see cref="Host"/> as a text.</summary>
    public string Name { get; }

    /// <summary>HOST:PORT.</summary>
    public string Text { get; }

    /// <summary>What a client is told that wants to write.</summary>
    public byte[] Refusal { get; }

    /// <summary>Whether it is this one.</summary>
    public bool Is(ReadOnlySpan<byte> host, int port) => port == Port && host.SequenceEqual(Host);
}
