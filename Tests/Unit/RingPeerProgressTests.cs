using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>When a node of the ring counts as informed, round by round.</summary>
public sealed class RingPeerProgressTests
{
    private const int Opening = 3;
    private const int Version = 7;

    private PeerProgress _progress;

    [Fact]
    public void A_round_over_before_its_first_name_informs_nobody()
    {
        _ = _progress.GoOnAt(Opening, Version);
        _progress.Begin();
        _progress.End(Opening, everything: true, place: 0);
        Assert.Equal(0, _progress.Informed);
        Assert.Equal(0, _progress.GoOnAt(Opening, Version));
    }

    [Fact]
    public void Rounds_go_on_where_the_last_one_stopped_until_the_end()
    {
        Round(place: 5);
        Assert.Equal(0, _progress.Informed);
        Assert.Equal(5, _progress.GoOnAt(Opening, Version));
        Round(place: -1);
        Assert.Equal(Opening, _progress.Informed);
        Assert.Equal(0, _progress.GoOnAt(Opening, Version));
    }

    [Theory]
    [InlineData(Opening + 1, Version)]
    [InlineData(Opening, Version + 1)]
    public void Another_connection_or_other_names_begin_anew(int opening, int version)
    {
        Round(place: 5);
        Assert.Equal(0, _progress.GoOnAt(opening, version));
    }

    [Fact]
    public void A_name_that_was_missed_leaves_the_node_uninformed()
    {
        Round(place: 5);
        _progress.Begin();
        _progress.Missed();
        _progress.End(Opening, everything: true, place: -1);
        Assert.Equal(0, _progress.Informed);
        Assert.Equal(0, _progress.GoOnAt(Opening, Version));
    }

    private void Round(int place)
    {
        _ = _progress.GoOnAt(Opening, Version);
        _progress.Begin();
        _progress.Told(Opening);
        _progress.End(Opening, everything: true, place);
    }
}
