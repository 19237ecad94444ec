using Epollsrv.Native;
using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <summary>
/// Asks the ring again and again who has a file, and tells it that this process has some of it. Never
/// waits, but for <see cref="Withdraw"/>. Belongs to the download's thread, like the client it is given.
/// </summary>
internal sealed class PeerHolders
{
    private const long FirstInterval = 300_000_000;
    private const long Interval = 1_000_000_000;
    private const long RenewalInterval = 5_000_000_000;
    private const long Soon = 10_000_000_000;

    private readonly RingClient _client;
    private readonly byte[] _name;
    private readonly RingOperation _question = new();
    private readonly long _began = Clock.Monotonic();
    private readonly RingOperation _registration = new();
    private byte[]? _holder;
    private long _nextRenewal;
    private long _next;
    private bool _asked;

    /// <summary>Asks nothing yet.</summary>
    /// <param name="client">The ring.</param>
    /// <param name="name">The file's name.</param>
    public PeerHolders(RingClient client, byte[] name)
    {
        _client = client;
        _name = name;
        _next = _began + FirstInterval;
    }

    /// <summary>How the ring is asked who has a file: of longer names only who has all of it.</summary>
    public static RingVerb VerbFor(byte[] name) => name.Length <= CsFrame.LongestPartialName ? RingVerb.Holders : RingVerb.Get;

    private static RingVerb RegisterVerb => RingVerb.RegisterPartial;

    private static RingVerb WithdrawVerb => RingVerb.WithdrawPartial;

    /// <summary>What the ring said last.</summary>
    public PeerAddress[] Found { get; private set; } = [];

    /// <summary>Whether nobody is asked for: only <see cref="Register"/> counts.</summary>
    public bool OnlyRegisters { get; init; }

    /// <summary>Whether an answer is to come.</summary>
    public bool IsPending => _client.Pending > 0;

    /// <summary>Does what can be done without waiting.</summary>
    /// <returns>Whether <see cref="Found"/> is new.</returns>
    public bool Poll(long now)
    {
        if (_client.Pending > 0)
        {
            _client.Poll(0);
        }

        bool found = _asked && _question.Result == RingResult.Done;
        if (found)
        {
            Found = Holders.Parse(_question.Value);
        }

        if (_holder is not null && now >= _nextRenewal && _registration.Result != RingResult.Pending)
        {
            _nextRenewal = now + RenewalInterval;
            _client.Start(_registration.Set(RegisterVerb, _name, _holder));
        }

        _asked &= _question.Result == RingResult.Pending;
        if (!_asked && !OnlyRegisters && now >= _next)
        {
            _asked = true;
            _next = now + (now - _began < Soon ? FirstInterval : Interval);
            _client.Start(_question.Set(VerbFor(_name), _name));
        }

        return found;
    }

    /// <summary>Tells the ring that this process has some of the file, and keeps telling it.</summary>
    public void Register(byte[] holder)
    {
        _holder = _name.Length <= CsFrame.LongestPartialName ? holder : null;
        _nextRenewal = 0;
        _next = 0;
    }

    /// <summary>Tells the ring that it has none any more. Waits for the answer, at most for the time-out of the ring's client.</summary>
    public void Withdraw()
    {
        if (_holder is not null)
        {
            _client.Complete(_registration);
            _ = _client.Run(_registration.Set(WithdrawVerb, _name, _holder));
            _holder = null;
        }
    }
}
