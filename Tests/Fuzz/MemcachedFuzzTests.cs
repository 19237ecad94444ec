using System;
using System.Globalization;
using System.Net;
using System.Text;

using Epollsrv.Tests.Differential.Memcached;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Memcached;

using Xunit;

namespace Epollsrv.Tests.Fuzz;

/// <summary>
/// Random requests of memcached's protocols, some with bytes changed, against two nodes: one gets them whole, the other one torn at random
/// places or at every byte. Both answer the same. That the answers are memcached's is what the differential test shows.
/// </summary>
[Trait("Category", "Fuzz")]
public sealed class MemcachedFuzzTests
{
    private const int Batches = 3000;
    private const int MostOfBatch = 12;

    [Fact]
    public void Torn_requests_are_answered_as_whole_ones()
    {
        int seed = TestSeed.Choose();
        NodeUnderTest.Run("adaptive edge", whole => NodeUnderTest.Run("queue oneshot", torn =>
        {
            MemcachedGenerator generator = new(seed);
            Random random = new(seed);
            using MemcachedSide first = new(new IPEndPoint(IPAddress.Loopback, MemcachedClient.PortOf(whole)));
            using MemcachedSide second = new(new IPEndPoint(IPAddress.Loopback, MemcachedClient.PortOf(torn)));
            for (int batch = 0; batch < Batches; batch++)
            {
                string requests = Batch(generator, random);
                string expected = first.Exchange(requests, null);
                string answer = second.Exchange(requests, random);
                Assert.True(IsSame(expected, answer), "TEST_SEED=" + seed.ToString(CultureInfo.InvariantCulture) + ", batch "
                    + batch.ToString(CultureInfo.InvariantCulture) + "\n" + requests + "\nwhole:\n" + expected + "\ntorn:\n" + answer);
            }
        }, "--memcached", "0"), "--memcached", "0");
    }

    [Fact]
    public void Bytes_that_mean_nothing_harm_nobody()
    {
        int seed = TestSeed.Choose();
        NodeUnderTest.Run("adaptive edge", node =>
        {
            Random random = new(seed);
            MemcachedGenerator generator = new(seed);
            for (int round = 0; round < 300; round++)
            {
                using MemcachedClient client = new(node);
                byte[] bytes = Encoding.Latin1.GetBytes(Batch(generator, random));
                for (int i = 0; i < bytes.Length / 20; i++)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                bytes[0] = (byte)'x';
                client.Send(bytes);
            }

            using MemcachedClient last = new(node);
            Assert.Equal("STORED", last.Set("alive", "yes"));
            Assert.Equal("VERSION 1.6.18", last.Call("version\r\n"));
        }, "--memcached", "0");
    }

    private static string Batch(MemcachedGenerator generator, Random random)
    {
        StringBuilder requests = new();
        int count = 1 + random.Next(MostOfBatch);
        for (int i = 0; i < count; i++)
        {
            string request = generator.Next();

            // A long value that is taken for a command would end the connection.
            _ = requests.Append(request.Length > 3000 && random.Next(4) != 0 ? "get a\r\n" : request);
        }

        return requests.Append("pad\r\n").ToString();
    }

    // But for times that pass.
    private static bool IsSame(string one, string other) => one == other || MemcachedDifferentialTests.AreSame(one, other);
}
