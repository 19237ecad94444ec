using System;
using System.Collections.Generic;
using System.Linq;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>Failovers of a group whose members have a host each.</summary>
internal sealed class FailoverRun
{
    private FailoverRun(AcknowledgedWrites writes, List<string> troubles, List<SingleAcknowledgement> lost)
    {
        Pauses = [.. writes.Changes.Skip(1).Select(change => change.Pause).Order()];
        Lost = lost.Count;
        Unexplained = [.. lost.Where(single => IsUnexplained(single, writes, troubles)).Select(single => single.Key)];
    }

    /// <summary>The times without a master, in milliseconds, sorted.</summary>
    public List<long> Pauses { get; }

    /// <summary>The median of <see cref="Pauses"/>.</summary>
    public long Median => Pauses[Pauses.Count / 2];

    /// <summary>Writes that one replica had and the last master does not have.</summary>
    public int Lost { get; }

    /// <summary>Those of <see cref="Lost"/> that were taken by a master whose cable was then pulled, and that the next master had.</summary>
    public List<string> Unexplained { get; }

    /// <summary>Runs them.</summary>
    /// <param name="network">The hosts'.</param>
    /// <param name="start">Starts a member on a host.</param>
    /// <param name="troubles">What happens to the master (<see cref="WatchedGroup.Replace"/>), one after another.</param>
    public static FailoverRun Run(HostNetwork network, Func<TestHost, IGroupMember> start, List<string> troubles)
    {
        List<IGroupMember> members = [];
        WatchedGroup? group = null;
        string trouble = "none";
        try
        {
            for (int i = 0; i < 3; i++)
            {
                members.Add(start(network.Add()));
            }

            group = new WatchedGroup("redis-server", members, network.Address);
            group.Writes.Run(() =>
            {
                group.AwaitWrites();
                for (int i = 0; i < troubles.Count; i++)
                {
                    trouble = i + " of " + string.Join(' ', troubles);
                    group.Replace(troubles[i]);
                }
            });
            group.Check();
            return new FailoverRun(group.Writes, troubles, group.Writes.Lost(group.Master));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException("trouble " + trouble + "\n" + group?.Report, exception);
        }
        finally
        {
            group?.Dispose();
            foreach (IGroupMember member in members)
            {
                member.Dispose();
            }
        }
    }

    // Where there were more changes than troubles, nobody can say which belong together.
    private static bool IsUnexplained(SingleAcknowledgement single, AcknowledgedWrites writes, List<string> troubles)
        => writes.Changes.Count == troubles.Count + 1 && single.Master < troubles.Count && troubles[single.Master] == "CUT"
            && single.Replicas.Contains(writes.Changes[single.Master + 1].Master.ToString());
}
