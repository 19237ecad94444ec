using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Memcached;

using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Epollsrv.Tests.Differential.Memcached;

/// <summary>
/// Memcached's replies and the node's, byte for byte but for uniques and, by a second or two, times. MEMCACHED_COMMANDS says how many
/// commands (200,000).
/// </summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Differential")]
public sealed partial class MemcachedDifferentialTests(ITestOutputHelper output)
{
    private const string AllNumbers = "get n0 n1 n2 n3\r\n";
    private const int MostOfBatch = 40;
    private const int TimeTolerance = 3;

    [Theory]
    [InlineData("adaptive edge", false)]
    [InlineData("published adaptive edge", true)]
    public void Random_requests_are_answered_as_by_memcached(string place, bool torn)
    {
        int seed = TestSeed.Choose();
        int commands = int.Parse(Environment.GetEnvironmentVariable("MEMCACHED_COMMANDS") ?? "200000", CultureInfo.InvariantCulture);
        output.WriteLine("TEST_SEED=" + seed);
        using MemcachedProgram program = new();
        NodeUnderTest.Run(place, node =>
        {
            MemcachedGenerator generator = new(seed);
            Random random = new(seed);
            using MemcachedSide theirs = new(new UnixDomainSocketEndPoint(program.SocketPath));
            using MemcachedSide ours = new(new IPEndPoint(IPAddress.Loopback, MemcachedClient.PortOf(node)));
            string numbers = string.Empty;
            for (int done = 0; done < commands;)
            {
                StringBuilder requests = new();
                int count = 1 + random.Next(MostOfBatch);
                generator.ReadsNumbers = random.Next(2) == 0;
                for (int i = 0; i < count; i++)
                {
                    _ = requests.Append(generator.Next());
                }

                // For a value that is said to be longer than it is: the mark behind the requests is not its end.
                _ = requests.Append("pad\r\n");
                done += count;
                string batch = requests.ToString();
                string expected = Ask(program, theirs, batch);
                string answer = ours.Exchange(batch, torn && random.Next(3) == 0 ? random : null);
                string numbersAfter = theirs.Exchange(AllNumbers, null);
                expected += numbersAfter;
                answer += ours.Exchange(AllNumbers, null);
                if (!AreSame(expected, answer))
                {
                    throw new XunitException(Describe(seed, done, batch, expected, answer, numbers));
                }

                numbers = numbersAfter;
            }

            foreach ((string name, int times) in generator.Counts)
            {
                output.WriteLine(name + " " + times);
            }
        }, "--memcached", "0");
    }

    private static string Ask(MemcachedProgram program, MemcachedSide theirs, string batch)
    {
        try
        {
            return theirs.Exchange(batch, null);
        }
        catch (SocketException exception)
        {
            throw new XunitException("memcached " + (program.IsRunning ? "runs" : "has ended") + ": " + exception.Message
                + "\nrequests:\n" + Show(batch, 0, batch.Length).Replace("\\n", "\\n\n", StringComparison.Ordinal));
        }
    }

    /// <summary>Whether two replies are the same but for times, by a second or two.</summary>
    internal static bool AreSame(string expected, string answer)
    {
        if (expected == answer)
        {
            return true;
        }

        MatchCollection theirTimes = Time().Matches(expected);
        MatchCollection ourTimes = Time().Matches(answer);
        bool isSame = theirTimes.Count == ourTimes.Count && Time().Replace(expected, " t#") == Time().Replace(answer, " t#");
        for (int i = 0; isSame && i < theirTimes.Count; i++)
        {
            // A time that has passed wraps in memcached, and is 0 here.
            long theirs = long.Parse(theirTimes[i].Groups[1].Value, CultureInfo.InvariantCulture);
            long ours = long.Parse(ourTimes[i].Groups[1].Value, CultureInfo.InvariantCulture);
            isSame = Math.Abs((theirs > int.MaxValue ? 0 : theirs) - ours) <= TimeTolerance;
        }

        return isSame;
    }

    private static string Describe(int seed, int done, string batch, string expected, string answer, string numbers)
    {
        int at = 0;
        while (at < expected.Length && at < answer.Length && expected[at] == answer[at])
        {
            at++;
        }

        return "TEST_SEED=" + seed + ", before command " + done + ": the replies differ at " + at
            + "\nmemcached: " + Show(expected, Math.Max(0, at - 200), 500)
            + "\nepollsrv:  " + Show(answer, Math.Max(0, at - 200), 500)
            + "\nnumbers before: " + Show(numbers, 0, numbers.Length)
            + "\nrequests:\n" + Show(batch, 0, 6000).Replace("\\n", "\\n\n", StringComparison.Ordinal);
    }

    private static string Show(string text, int from, int length)
    {
        text = text.Substring(from, Math.Min(length, text.Length - from));
        text = Runs().Replace(text, static run => run.Value[0] + "*" + run.Length + "*");
        return text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\0", "\\0", StringComparison.Ordinal);
    }

    [GeneratedRegex(@" t(-?\d+)(?=[ \r])")]
    private static partial Regex Time();

    [GeneratedRegex(@"(.)\1{40,}")]
    private static partial Regex Runs();
}
