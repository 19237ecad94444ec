using System.Collections.Generic;
using System.Globalization;
using System.Threading;

namespace Epollsrv.Tests.Durability;

/// <summary>All uniques that clients were ever told, over all lives of a node. Any thread.</summary>
internal sealed class UniqueRegister
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, string> _owners = [];
    private ulong _highest;
    private ulong _highestOfFormer;

    /// <summary>A new life of the node, or another master, begins.</summary>
    public void BeginLife()
    {
        lock (_lock)
        {
            _highestOfFormer = _highest;
        }
    }

    /// <summary>A client was told a unique.</summary>
    /// <param name="unique">The unique.</param>
    /// <param name="owner">The key with its value, which no other state of any item has.</param>
    /// <param name="isNew">Whether it was given in this life: nobody was told one before, and there was none when the life began.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? Tell(ulong unique, string owner, bool isNew)
    {
        lock (_lock)
        {
            _highest = ulong.Max(_highest, unique);
            if (!_owners.TryAdd(unique, owner))
            {
                string former = _owners[unique];
                return former == owner ? null : "the unique of " + Name(former) + " was given again, to " + Name(owner);
            }

            return !isNew || unique > _highestOfFormer ? null
                : Name(owner) + " has a unique that is lower than one of a former life: " + unique.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static string Name(string owner) => owner.Length < 80 ? owner : owner[..80] + "…";
}
