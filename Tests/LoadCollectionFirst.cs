using System.Collections.Generic;
using System.Linq;

using Xunit;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Epollsrv.Tests.LoadCollectionFirst", "Tests")]

namespace Epollsrv.Tests;

/// <summary>Starts with the tests that run one after the other: all others
/// then run beside them, and none of them alone at the end.</summary>
public sealed class LoadCollectionFirst : ITestCollectionOrderer
{
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections)
        => testCollections.OrderBy(static collection => collection.DisplayName == LoadCollection.Name ? 0 : 1);
}
