using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;
using System.Threading;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>What a node tells of its files' content: entity tags, digests, the list of pieces.</summary>
public sealed class HttpPiecesTests : IDisposable
{
    private const int Piece = 1 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _large = new byte[(2 * Piece) + 12345];

    public HttpPiecesTests()
    {
        new Random(3).NextBytes(_large);
        Put("large.bin", _large);
        Put("small.txt", "0123456789"u8.ToArray());
        Put("empty", []);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(NodeUnderTest.AllPlaces), MemberType = typeof(NodeUnderTest))]
    public void Files_get_their_identity_and_tell_their_pieces(string place)
        => NodeUnderTest.Run(
            place,
            node =>
            {
                using HttpConnection http = new(node);
                Check(http, "large.bin", _large);
                Check(http, "small.txt", "0123456789"u8.ToArray());
                Check(http, "empty", []);
                Assert.Equal(404, http.Get("/pieces/none").Status);
                Assert.Equal(404, http.Get("/pieces/").Status);
                Assert.Equal(404, http.Get("/pieces/..%2Fetc%2Fpasswd").Status);
                Assert.Equal(405, http.Put("/pieces/empty", []).Status);

                JsonElement file = JsonDocument.Parse(http.Get("/files/?format=json").Body).RootElement.GetProperty("files")
                    .EnumerateArray()
                    .First(entry => entry.GetProperty("name").GetString() == "large.bin");
                Assert.Equal(Hex(SHA256.HashData(_large)), file.GetProperty("sha256").GetString());
                Assert.Equal(Hex(SHA256.HashData(ListOf(_large))), file.GetProperty("pieces").GetString());
            },
            "--share",
            _folder.Path);

    [Fact]
    public void Ranges_under_the_strong_tag()
        => NodeUnderTest.Run(
            "adaptive edge",
            node =>
            {
                using HttpConnection http = new(node);
                string tag = Pieces(http, "large.bin")["ETag"]!;
                Assert.Equal(206, http.Get("/files/large.bin", "Range: bytes=0-9\r\nIf-Range: " + tag + "\r\n").Status);
                Assert.Equal(304, http.Get("/files/large.bin", "If-None-Match: " + tag + "\r\n").Status);
                Assert.Equal(412, http.Get("/files/small.txt", "If-Match: " + tag + "\r\n").Status);

                // Another content: the old tag is worth nothing at once, whether the new one is known yet or not.
                byte[] changed = [.. _large];
                changed[77] ^= 1;
                Put("large.bin", changed);
                HttpReply reply = http.Get("/files/large.bin", "Range: bytes=0-9\r\nIf-Range: " + tag + "\r\n");
                Assert.Equal(200, reply.Status);
                Assert.Equal(changed, reply.Body);
                Check(http, "large.bin", changed);
            },
            "--share",
            _folder.Path);

    [Theory]
    [InlineData("in place")]
    [InlineData("written over")]
    [InlineData("renamed over")]
    [InlineData("removed and put back")]
    public void Other_content_with_the_same_size_and_time_is_another_file(string way)
        => NodeUnderTest.Run(
            "adaptive edge",
            node =>
            {
                using HttpConnection http = new(node);
                string path = _folder["large.bin"];
                DateTime time = new(2020, 2, 29, 12, 34, 56, DateTimeKind.Utc);
                File.SetLastWriteTimeUtc(path, time);
                string date = http.Get("/files/large.bin")["Last-Modified"]!;
                string weak = http.Get("/files/large.bin")["ETag"]!;
                string tag = Pieces(http, "large.bin")["ETag"]!;
                byte[] changed = [.. _large];
                changed[0] ^= 1;
                switch (way)
                {
                    case "in place":
                        using (FileStream file = new(path, FileMode.Open, FileAccess.Write))
                        {
                            file.Write(changed);
                        }

                        break;
                    case "written over":
                        File.WriteAllBytes(path, changed);
                        break;
                    case "renamed over":
                        string other = path + ".part";
                        File.WriteAllBytes(other, changed);
                        File.SetLastWriteTimeUtc(other, time);
                        File.Move(other, path, overwrite: true);
                        break;
                    default:
                        File.Delete(path);
                        File.WriteAllBytes(path, changed);
                        break;
                }

                File.SetLastWriteTimeUtc(path, time);
                foreach (string validator in (string[])[tag, date])
                {
                    HttpReply reply = http.Get("/files/large.bin", "Range: bytes=0-9\r\nIf-Range: " + validator + "\r\n");
                    Assert.Equal(200, reply.Status);
                    Assert.Equal(changed, reply.Body);
                    Assert.NotEqual(tag, reply["ETag"]);
                }

                Assert.Equal(200, http.Get("/files/large.bin", "If-None-Match: " + tag + ", " + weak + "\r\n").Status);
                Check(http, "large.bin", changed);
            },
            "--share",
            _folder.Path);

    [Fact]
    public void A_file_that_is_being_written_never_gets_a_wrong_identity()
        => NodeUnderTest.Run(
            "adaptive edge",
            node =>
            {
                using HttpConnection http = new(node);
                byte[] content = new byte[64 << 10];
                string path = _folder["busy.bin"];
                long until = Environment.TickCount64 + 3000;
                Random random = new(5);
                for (int round = 0; Environment.TickCount64 < until; round++)
                {
                    // In place, so that inode and size stay; the time of change moves with the kernel's clock only.
                    random.NextBytes(content);
                    using (FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.Write))
                    {
                        file.Write(content);
                    }

                    HttpReply reply = http.Get("/pieces/busy.bin");
                    if (reply.Status == 200)
                    {
                        Assert.Equal(ListOf(content), reply.Body);
                    }

                    reply = http.Get("/files/busy.bin");
                    if (reply["Repr-Digest"] is string digest)
                    {
                        Assert.Equal(Digest(reply.Body), digest);
                    }

                    Thread.Sleep(random.Next(4) == 0 ? 200 : random.Next(10));
                }

                Check(http, "busy.bin", content);
            },
            "--share",
            _folder.Path);

    [Fact]
    public void All_files_are_hashed_unasked_and_a_new_one_when_it_comes()
        => NodeUnderTest.Run(
            "published adaptive edge",
            node =>
            {
                NodeUnderTest.Until(() => Hashed(node) == 3, "three files hashed");
                Put("new.bin", new byte[3000]);
                NodeUnderTest.Until(() => Hashed(node) == 4, "the new one hashed");
            },
            "--share",
            _folder.Path);

    [Fact]
    public void Memory_stays_small_while_a_large_file_is_hashed()
        => NodeUnderTest.Run(
            "published adaptive edge",
            node =>
            {
                // Sparse: it costs time but no disk.
                using (FileStream file = new(_folder["sparse"], FileMode.Create))
                {
                    file.SetLength(1L << 30);
                }

                using HttpConnection http = new(node);
                HttpReply reply = Pieces(http, "sparse");
                byte[] one = SHA256.HashData(new byte[Piece]);
                Assert.Equal(1024 * 32, reply.Body.Length);
                Assert.Equal(one, reply.Body[^32..]);
                Assert.InRange(((PublishedNode)node).PeakResidentBytes(), 1, 32 << 20);
            },
            "--share",
            _folder.Path);

    // Listed files with a hash.
    private static int Hashed(NodeUnderTest node)
    {
        using HttpConnection http = new(node);
        return JsonDocument.Parse(http.Get("/files/?format=json").Body).RootElement.GetProperty("files").EnumerateArray()
            .Count(entry => entry.TryGetProperty("sha256", out _));
    }

    // Asks until the file is hashed.
    private static HttpReply Pieces(HttpConnection http, string name, int milliseconds = Patience.Milliseconds)
    {
        HttpReply reply = http.Get("/pieces/" + name);
        NodeUnderTest.Until(
            () =>
            {
                if (reply.Status == 503)
                {
                    Assert.Equal("1", reply["Retry-After"]);
                    Thread.Sleep(10);
                    reply = http.Get("/pieces/" + name);
                }

                return reply.Status != 503;
            },
            name + " hashed",
            milliseconds);
        Assert.Equal(200, reply.Status);
        return reply;
    }

    private static void Check(HttpConnection http, string name, byte[] content)
    {
        HttpReply pieces = Pieces(http, name);
        byte[] list = ListOf(content);
        string tag = "\"" + Hex(SHA256.HashData(list)) + "-"
            + content.Length.ToString("x", System.Globalization.CultureInfo.InvariantCulture) + "\"";
        Assert.Equal(list, pieces.Body);
        Assert.Equal(tag, pieces["ETag"]);
        Assert.Equal(Digest(list), pieces["Repr-Digest"]);
        Assert.Equal("no-store", pieces["Cache-Control"]);
        Assert.Equal("application/octet-stream", pieces["Content-Type"]);
        Assert.Null(pieces["Epollsrv-Have"]);
        HttpReply head = http.Get("/pieces/" + name, method: "HEAD");
        Assert.Equal(list.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), head["Content-Length"]);

        HttpReply file = http.Get("/files/" + name);
        Assert.Equal(content, file.Body);
        Assert.Equal(tag, file["ETag"]);
        Assert.Equal(Digest(content), file["Repr-Digest"]);
    }

    private static byte[] ListOf(byte[] content)
        => [.. Enumerable.Range(0, (content.Length + Piece - 1) / Piece)
            .SelectMany(i => SHA256.HashData(content.AsSpan(i * Piece, Math.Min(Piece, content.Length - (i * Piece)))))];

    private static string Digest(byte[] content) => "sha-256=:" + Convert.ToBase64String(SHA256.HashData(content)) + ":";

    private static string Hex(byte[] hash) => Convert.ToHexString(hash).ToLowerInvariant();

    private void Put(string name, byte[] content) => File.WriteAllBytes(_folder[name], content);
}
