using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol;

/// <summary>Compares what a client says with the node's password.</summary>
internal static class PasswordCheck
{
    /// <summary>
    /// Whether the two are the same. Takes as long for any attempt of the same length, wherever it differs: the time tells
    /// nothing about the password's bytes, and hardly about its length.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static bool Matches(ReadOnlySpan<byte> password, ReadOnlySpan<byte> attempt)
    {
        int difference = password.Length ^ attempt.Length;
        for (int i = 0; i < attempt.Length; i++)
        {
            // Past the password's end it is compared with its beginning, so that every attempt costs its own length.
            difference |= attempt[i] ^ (password.IsEmpty ? 0 : password[i % password.Length]);
        }

        return difference == 0;
    }
}
