using System.Diagnostics;
using System.IO;
using System.Net;
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
    public async Task A_file_that_its_owner_has_changed_is_no_longer_served_as_what_it_was()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(Size, 33));
        int port = RingProcesses.FreePort();
        using FetchRun run = FetchRun.Start(
            folder.Path, peer.Port, "data", "--seed", "yes", "--seed-time", "5m", "--seed-port",
            port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        NodeUnderTest.Until(() => run.Errors.Contains("\"result\":\"done\"", System.StringComparison.Ordinal));
        using HttpClient client = new();
        Assert.Equal(HttpStatusCode.PartialContent, await Ask());
        using (FileStream file = new(folder["data"], FileMode.Open, FileAccess.Write))
        {
            file.Write("changed"u8);
        }

        Assert.Equal(HttpStatusCode.NotFound, await Ask());

        async Task<HttpStatusCode> Ask()
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "http://127.0.0.1:" + port + "/files/data");
            request.Headers.Range = new RangeHeaderValue(0, 6);
            request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(peer.Tag));
            using HttpResponseMessage response = await client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task What_is_sent_to_others_is_limited_apart_from_what_is_received()
    {
        using TemporaryFolder folder = new();
        using FetchPeer peer = new(FetchRun.Random(Size, 31));
        int port = RingProcesses.FreePort();
        using FetchRun run = FetchRun.Start(
            folder.Path, peer.Port, "data", "--seed", "yes", "--seed-time", "10m", "--seed-port",
                port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--seed-limit-rate", "1mb");
        NodeUnderTest.Until(() => File.Exists(Path.Combine(folder.Path, "data")));

        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Get, "http://127.0.0.1:" + port + "/files/data");
        request.Headers.Range = new RangeHeaderValue(0, Size - 1);
        Stopwatch clock = Stopwatch.StartNew();
        using HttpResponseMessage response = await client.SendAsync(request);
        byte[] received = await response.Content.ReadAsByteArrayAsync();

        // What was not used before is not lost: some 0.3 s of it.
        Assert.InRange(clock.ElapsedMilliseconds, 2_000, Patience.Milliseconds);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder.Path, "data")), received);
    }
}
