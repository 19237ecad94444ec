using System;
using System.Net;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A server of either kind, as a process of its own on a port of its own, which tests end and start again.</summary>
internal interface IGroupMember : IDisposable
{
    /// <summary>Where it listens.</summary>
    public IPEndPoint Place { get; }

    /// <summary>The host that it runs on; null: this one.</summary>
    public TestHost? Host { get; }

    /// <summary>Its port.</summary>
    public string PortText { get; }

    /// <summary>What it logged.</summary>
    public string Report { get; }

    /// <summary>A client, connected.</summary>
    public RespClient Connect();

    /// <summary>Ends it at once.</summary>
    public void Kill();

    /// <summary>Starts it again.</summary>
    public void Restart();

    /// <summary>Sends its process a signal.</summary>
    public void Signal(string name);
}
