using System.Threading;

namespace Epollsrv.Protocol;

/// <summary>What all protocols go by. What may change while the server runs says so; the rest is set before.</summary>
internal sealed unsafe class ProtocolOptions
{
    /// <summary>The highest <see cref="MaxValue"/>.</summary>
    public const long MostMaxValue = 1L << 30;

    private long _maxValue = 64L << 20;
    private byte[]? _password;

    /// <summary>Longest value, bytes (--max-value). May change. Any thread.</summary>
    public long MaxValue
    {
        get => Volatile.Read(ref _maxValue); // pairs with the set
        set => Volatile.Write(ref _maxValue, value);
    }

    /// <summary>The password that clients have to give; null: none. At most 255 bytes (nodes tell it to each other in a CS frame), not
    /// empty. May change, is
    /// replaced whole: whoever looks twice may see two. Any thread.</summary>
    public byte[]? Password
    {
        get => Volatile.Read(ref _password); // pairs with the set
        set => Volatile.Write(ref _password, value);
    }

    /// <summary>Called after the password changed, with the new one; null in it: none. By a worker or the loop. Null: nobody wants to
    /// know.</summary>
    public delegate*<byte[]?, void> PasswordChanged { get; set; }

    /// <summary>Number of the first listener of --admin-port; <see cref="int.MaxValue"/>: there is none, and every port serves
    /// everything.</summary>
    public int AdminListener { get; set; } = int.MaxValue;
}
