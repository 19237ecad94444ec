using System;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A server of either kind, as a process of its own on a port of its own, which tests end and start again.</summary>
internal interface IGroupMember : IDisposable
{
    /// <summary>Where it listens.</summary>
    string PortText { get; }

    /// <summary>What it logged.</summary>
    string Report { get; }

    /// <summary>A client, connected.</summary>
    RespClient Connect();

    /// <summary>Ends it at once.</summary>
    void Kill();

    /// <summary>Starts it again.</summary>
    void Restart();

    /// <summary>Sends its process a signal.</summary>
    void Signal(string name);
}
