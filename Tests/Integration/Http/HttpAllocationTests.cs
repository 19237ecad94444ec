using System;
using System.Threading.Tasks;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>Requests for keys and files allocate no managed memory on any thread.</summary>
[Collection(LoadCollection.Name)]
public sealed class HttpAllocationTests
{
    [Theory]
    [InlineData("adaptive edge")]
    [InlineData("queue oneshot")]
    public void A_hundred_thousand_requests_allocate_nothing_on_any_thread(string place)
    {
        using TemporaryFolder folder = new();
        FileTests.Write(folder["small"], 1000);
        FileTests.Write(folder["large"], 100_000);
        NodeUnderTest.Run(
            place,
            node =>
            {
                Load(node, 10_000);
                ManagedAllocation.AssertNone(node, () => Load(node, 100_000));
            },
            "--share", folder.Path, "--idle-timeout", "1h", "--password", "p");
    }

    private static void Load(NodeUnderTest node, int requests)
    {
        const string host = " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic dTpw\r\n";
        byte[] keys = HttpConnection.Bytes(
            "PUT /kv/a%20b" + host + "Content-Length: 5\r\n\r\nhello"
            + "GET /kv/a%20b" + host + "\r\n"
            + "GET /kv/a%20b" + host + "If-None-Match: \"x\", \"y\"\r\n\r\n"
            + "HEAD /kv/a%20b" + host + "\r\n"
            + "GET /kv/none" + host + "\r\n"
            + "PUT /kv/c?ttl=1h" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            + "DELETE /kv/c" + host + "If-Match: *\r\n\r\n"
            + "OPTIONS *" + host + "\r\n");
        byte[] files = HttpConnection.Bytes(
            "GET /files/small" + host + "\r\n"
            + "GET /files/large" + host + "\r\n"
            + "GET /files/large" + host + "Range: bytes=5-50000\r\n\r\n"
            + "GET /files/large" + host + "Range: bytes=5-50000,60000-60010\r\n\r\n"
            + "GET /files/missing" + host + "\r\n"
            + "GET /files/small" + host + "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n");
        Task[] clients = new Task[4];
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i] = NodeUnderTest.Aside(() =>
            {
                using HttpConnection http = new(node);
                for (int done = 0; done < requests / clients.Length; done += 8)
                {
                    http.Client.Send(keys.AsSpan(0, 100));
                    http.Client.Send(keys.AsSpan(100));
                    for (int reply = 0; reply < 8; reply++)
                    {
                        _ = http.Read(head: reply == 3);
                    }

                    if (done % 800 == 0)
                    {
                        http.Client.Send(files);
                        for (int reply = 0; reply < 6; reply++)
                        {
                            _ = http.Read();
                        }
                    }
                }
            });
        }

        Task.WaitAll(clients);
    }
}
