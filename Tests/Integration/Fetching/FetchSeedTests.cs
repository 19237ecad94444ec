using System.Diagnostics;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading.Tasks;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Fetching;

/// <summary>The small node of `fetch --seed yes`.</summary>
[Collection(LoadCollection.Name)]
public sealed class FetchSeedTests
{
    private const int Size = 3 << 20;

    [Fact]
    public async Task What_is_sent_to_others_is_limited_apart_from_what_is_received()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(Size, 31));
        int port = RingProcesses.FreePort();
        using FetchRun run = FetchRun.Start(
            folder.Path, peer.Port, "data", "--seed", "yes", "--seed-time", "20s", "--seed-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--seed-limit-rate", "1mb");
        for (int i = 0; i < 500 && !File.Exists(Path.Combine(folder.Path, "data")); i++)
        {
            await Task.Delay(10);
        }

        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Get, "http://127.0.0.1:" + port + "/files/data");
        request.Headers.Range = new RangeHeaderValue(0, Size - 1);
        Stopwatch clock = Stopwatch.StartNew();
        using HttpResponseMessage response = await client.SendAsync(request);
        byte[] received = await response.Content.ReadAsByteArrayAsync();

        // What was not used before is not lost: some 0.3 s of it.
        Assert.InRange(clock.ElapsedMilliseconds, 2_000, 15_000);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder.Path, "data")), received);
    }
}
