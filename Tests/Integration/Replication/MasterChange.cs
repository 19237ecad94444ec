using System.Net;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A node has taken the first write as the master.</summary>
/// <param name="Master">Where it is.</param>
/// <param name="Pause">Milliseconds since the last write that the master before it took.</param>
internal sealed record MasterChange(IPEndPoint Master, long Pause);
