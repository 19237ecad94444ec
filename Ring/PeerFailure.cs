using Epollsrv.Native;

namespace Epollsrv.Ring;

/// <summary>Why a node gave no answer: −errno, or one of these numbers, which are no errno.</summary>
internal static class PeerFailure
{
    /// <summary>The node closed the connection before it answered.</summary>
    public const int Closed = -100001;

    /// <summary>What it answered is no reply to what was asked.</summary>
    public const int BadReply = -100002;

    /// <summary>The host name has no address.</summary>
    public const int NoSuchHost = -100003;

    /// <summary>The host name's look-up did not end in time.</summary>
    public const int LookUpTimedOut = -100004;

    /// <summary>A key or value that the original C program would misread was not sent to it.</summary>
    public const int TooLongForOriginal = -100005;

    /// <summary>The node has a password and was given none, or another.</summary>
    public const int NoPassword = -100006;

    /// <summary>The peer wants the password and is none of the ring's nodes.</summary>
    public const int NotTrusted = -100007;

    /// <summary>The node is the original C program, which must not be sent what only nodes of ours know. Not worth a warning.</summary>
    public const int OnlyOurs = -100008;

    /// <summary>The answer to a request by HTTP was malformed, or not the answer to that request.</summary>
    public const int BadResponse = -100009;

    /// <summary>The words for it, for one line a person reads.</summary>
    public static string Describe(int failure) => failure switch
    {
        Closed => "closed the connection",
        BadReply => "answered with something that is not the CS protocol",
        BadResponse => "answered with something that is no proper HTTP response to what was asked",
        NoSuchHost => "no such host",
        LookUpTimedOut => "the look-up of its name timed out",
        TooLongForOriginal => "is the original C program, which misreads keys and values longer than 127 bytes",
        NoPassword => RingPassword.Value.Length == 0
            ? "wants a password; give it with --password-file FILE or EPOLLSRV_PASSWORD"
            : "has another password than the one given",
        NotTrusted => "wants the password but is none of the nodes named with --conf or --server; it was not told",
        OnlyOurs => "is the original C program, which knows no leases, no parts of files and no lists of them",
        _ => Errno.Describe(failure),
    };
}
