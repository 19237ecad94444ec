using System.Collections.Generic;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A write that at least one replica had (WAIT 1).</summary>
/// <param name="Key">The key, of this write alone.</param>
/// <param name="Master">Which master took it: its place among <see cref="AcknowledgedWrites.Changes"/>.</param>
/// <param name="Replicas">Who is sure to have had it, as ADDRESS:PORT.</param>
internal sealed record SingleAcknowledgement(string Key, int Master, List<string> Replicas);
