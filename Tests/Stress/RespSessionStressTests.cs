using Epollsrv.Tests.Integration;

using Xunit;

namespace Epollsrv.Tests.Stress;

/// <summary>Transactions and publishing for longer, and to many.</summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Stress")]
public sealed class RespSessionStressTests
{
    public static TheoryData<string> AllPlaces => NodeUnderTest.AllPlaces;

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Transfers_keep_the_sum_under_four_writers_and_four_readers(string place)
        => NodeUnderTest.Run(place, node => RespWorkload.Transfers(node, accounts: 50, writers: 4, readers: 4, rounds: 3000));

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Counters_by_WATCH_lose_no_increment(string place)
        => NodeUnderTest.Run(place, node => RespWorkload.WatchedCounters(node, clients: 4, increments: 1000));

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void A_thousand_subscribers_get_every_message_in_order(string place)
        => NodeUnderTest.Run(place, node => RespPubSubLoad.InOrder(node, subscribers: 1000, publishers: 2, messages: 100));

    [Theory]
    [MemberData(nameof(AllPlaces))]
    public void Subscribers_that_come_go_and_are_killed_disturb_nobody(string place)
        => NodeUnderTest.Run(place, node => RespPubSubLoad.Turmoil(node, milliseconds: 5000));

    [Fact]
    public void A_million_subscriptions_and_thousands_of_long_names_are_kept_and_given_back()
    {
        using PublishedNode node = new(["--port", "0", "--workers", "2"]);
        RespKeptLoad.Run(node, subscriptions: 1_000_000, connections: 2000);
    }
}
