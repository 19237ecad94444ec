using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Which arguments of a request are passwords: MONITOR and the slow log show "(redacted)" in their place.</summary>
internal static unsafe class SecretArguments
{
    /// <summary>
    /// Finds them: all of AUTH, the two behind HELLO's AUTH, the value of CONFIG SET requirepass or masterauth. Of a request
    /// that is malformed, and might have a password anywhere, everything behind the first AUTH is one.
    /// </summary>
    /// <param name="arguments">The request.</param>
    /// <param name="count">How many arguments it has.</param>
    /// <param name="first">The first secret one; <paramref name="count"/>: there is none.</param>
    /// <returns>How many there are, one behind the other.</returns>
    public static int Find(Argument* arguments, int count, out int first)
    {
        first = count;
        if (arguments->Is("auth"u8))
        {
            first = 1;
        }
        else if (arguments->Is("hello"u8))
        {
            return FindInHello(arguments, count, out first);
        }
        else if (arguments->Is("config"u8))
        {
            for (int i = 3; i < count; i++)
            {
                if (arguments[i - 1].Is("requirepass"u8) || arguments[i - 1].Is("masterauth"u8))
                {
                    first = i;
                    return 1;
                }
            }
        }

        return count - first;
    }

    private static int FindInHello(Argument* arguments, int count, out int first)
    {
        first = count;
        int secrets = 0;
        int at = 2;
        while (at < count)
        {
            int left = count - at - 1;
            if (arguments[at].Is("auth"u8) && left >= 2)
            {
                // Given twice, all from the first one on are hidden.
                secrets = first == count ? 2 : at + 3 - first;
                first = System.Math.Min(first, at + 1);
                at += 3;
            }
            else if (arguments[at].Is("setname"u8) && left >= 1)
            {
                at += 2;
            }
            else
            {
                break;
            }
        }

        if (count < 2)
        {
            return 0;
        }

        if (at >= count && Numbers.TryParse(arguments[1].Data, arguments[1].Length, out _))
        {
            return secrets;
        }

        for (int i = 1; i < count; i++)
        {
            if (arguments[i].Is("auth"u8))
            {
                first = i + 1;
                return count - first;
            }
        }

        return 0;
    }
}
