using System;
using System.Diagnostics;
using System.Net;
using System.Text;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>Who may read and write: passwords, hosts, origins, the admin port, slow senders.</summary>
public sealed class HttpSecurityTests
{
    private static readonly string[] _paths = ["/", "/status.json", "/history.json", "/metrics", "/kv/k", "/files/", "/files/x", "/none"];

    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("127.0.0.256")]
    [InlineData("1.2.3")]
    [InlineData("2130706433")]
    [InlineData("evil.example:6379")]
    public void Other_host_names_are_misdirected(string host) => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        foreach (string path in _paths)
        {
            HttpReply reply = http.Exchange("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            Assert.Equal(421, reply.Status);
            Assert.Contains("the host name " + host.Split(':')[0] + " is none of this node's", reply.Text, StringComparison.Ordinal);
            Assert.Contains("EPOLLSRV_ALLOW_HOST", reply.Text, StringComparison.Ordinal);
        }

        Assert.Equal(421, http.Exchange("GET http://" + host + "/ HTTP/1.1\r\nHost: localhost\r\n\r\n").Status);
        Assert.Equal(200, http.Exchange("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n").Status);
        Assert.Equal(200, http.Exchange("GET /readyz HTTP/1.1\r\nHost: " + host + "\r\n\r\n").Status);
        Assert.Equal(421, http.Exchange("PUT /kv/k HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 1\r\n\r\nx").Status);
        Assert.Equal(404, http.Get("/kv/k").Status);
    });

    [Fact]
    public void In_a_container_requests_may_be_for_its_own_host_name()
    {
        string name = System.IO.File.ReadAllText("/proc/sys/kernel/hostname").Trim();
        using PublishedNode node = new(["--port", "0", "--allow-host=node.test"], "env", "EPOLLSRV_CONTAINER=yes");
        using HttpConnection http = new(node);
        foreach (string host in (string[])[name, name.ToUpperInvariant(), name + ":6379", "node.test"])
        {
            Assert.Equal(200, http.Exchange("GET /status.json HTTP/1.1\r\nHost: " + host + "\r\n\r\n").Status);
        }

        foreach (string host in (string[])[name + ".evil.example", "evil-" + name])
        {
            Assert.Equal(421, http.Exchange("GET /status.json HTTP/1.1\r\nHost: " + host + "\r\n\r\n").Status);
        }
    }

    [Fact]
    public void A_listing_takes_no_more_than_all_pending_bytes_may()
    {
        using TemporaryFolder folder = new();
        for (int i = 0; i < 4000; i++)
        {
            FileTests.Write(folder[i + new string('n', 240)], 1);
        }

        NodeUnderTest.Run(
            "adaptive edge",
            node =>
            {
                using (HttpConnection http = new(node))
                {
                    Assert.ThrowsAny<Exception>(() => http.Get("/files/"));
                }

                using HttpConnection other = new(node);
                Assert.Equal(404, other.Get("/kv/k").Status);
                NodeUnderTest.Until(() => node.Server.Buffers.InUse < 200_000, "what was pending is given back");
            },
            "--share", folder.Path, "--max-buffers", "1mb");
    }

    [Fact]
    public void Allowed_host_names_are_served() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(200, http.Exchange("GET / HTTP/1.1\r\nHost: Node1.Example:80\r\n\r\n").Status);
        Assert.Equal(200, http.Exchange("GET / HTTP/1.1\r\nHost: other\r\n\r\n").Status);
        Assert.Equal(421, http.Exchange("GET / HTTP/1.1\r\nHost: third\r\n\r\n").Status);
    }, "--allow-host", "node1.example,OTHER");

    [Fact]
    public void A_star_allows_every_host() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(200, http.Exchange("GET / HTTP/1.1\r\nHost: whatever\r\n\r\n").Status);
    }, "--allow-host", "*");

    [Theory]
    [InlineData(201, "")]
    [InlineData(201, "Origin: http://localhost\r\n")]
    [InlineData(201, "Origin: https://LOCALHOST\r\n")]
    [InlineData(201, "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n")]
    [InlineData(201, "Sec-Fetch-Site: none\r\n")]
    [InlineData(403, "Origin: http://evil.example\r\n")]
    [InlineData(403, "Origin: null\r\n")]
    [InlineData(403, "Origin: \r\n")]
    [InlineData(403, "Origin: http://localhost:1234\r\n")]
    [InlineData(403, "Origin: localhost\r\n")]
    [InlineData(403, "Sec-Fetch-Site: cross-site\r\n")]
    [InlineData(403, "Sec-Fetch-Site: same-site\r\n")]
    public void Web_pages_of_others_cannot_write(int status, string fields) => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(status, http.Put("/kv/k", "x"u8.ToArray(), fields).Status);
        Assert.Equal(status == 403 ? 403 : 204, http.Get("/kv/k", fields, "DELETE").Status);
        Assert.Equal(status == 403 ? 403 : 200, http.Put("/", "x"u8.ToArray(), fields, "POST").Status);
        HttpReply read = http.Get("/kv/k", fields);
        Assert.DoesNotContain(read.Fields.Keys, name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("same-origin", read["Cross-Origin-Resource-Policy"]);
    });

    [Fact]
    public void With_a_password_everything_but_the_health_checks_asks_for_it() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(200, http.Get("/healthz").Status);
        Assert.Equal(200, http.Get("/readyz").Status);
        foreach (string path in _paths)
        {
            HttpReply refused = http.Get(path);
            Assert.Equal(401, refused.Status);
            Assert.Contains("Basic realm=", refused["WWW-Authenticate"], StringComparison.Ordinal);
            Assert.Contains("Bearer", refused["WWW-Authenticate"], StringComparison.Ordinal);
        }

        Assert.Equal(401, http.Put("/kv/k", "x"u8.ToArray()).Status);
        Assert.Equal(201, http.Put("/kv/k", "x"u8.ToArray(), Basic("anybody:s3cret:pass")).Status);
        Assert.Equal(200, http.Get("/kv/k", Basic(":s3cret:pass")).Status);
        Assert.Equal(200, http.Get("/kv/k", "Authorization: bearer s3cret:pass\r\n").Status);
        Assert.Equal(401, http.Get("/kv/k").Status);
    }, "--password", "s3cret:pass");

    [Fact]
    public void Wrong_passwords_are_refused_late_and_counted() => NodeUnderTest.Run("adaptive edge", node =>
    {
        foreach (string fields in (
            string[])[Basic("u:wrong"), Basic("u:secre"), Basic("u:secrets"), Basic("secret"), "Authorization: Bearer x\r\n",
            "Authorization: Bearer\r\n", "Authorization: Basic !!!\r\n", "Authorization: secret\r\n"])
        {
            using HttpConnection http = new(node);
            Stopwatch watch = Stopwatch.StartNew();
            Assert.Equal(401, http.Get("/kv/k", fields).Status);
            Assert.InRange(watch.ElapsedMilliseconds, 200, Patience.Milliseconds);
            Assert.Equal(401, http.Put("/kv/k", "x"u8.ToArray(), fields).Status);
            Assert.Equal(404, http.Get("/kv/k", Basic("u:secret")).Status);
        }

        using HttpConnection last = new(node);
        Assert.Contains("epollsrv_wrong_passwords_total 16\n", last.Get("/metrics", Basic("u:secret")).Text, StringComparison.Ordinal);
    }, "--password", "secret");

    [Fact]
    public void The_admin_port_takes_its_paths_away_from_the_others()
    {
        int port = RingProcesses.FreePort();
        NodeUnderTest.Run("adaptive edge", node =>
        {
            using HttpConnection data = new(node);
            using HttpConnection admin = new(new IPEndPoint(IPAddress.Loopback, port));
            foreach (string path in (string[])["/", "/status.json", "/history.json", "/metrics", "/healthz", "/readyz"])
            {
                Assert.Equal(404, data.Get(path).Status);
                Assert.Equal(200, admin.Get(path).Status);
            }

            Assert.Equal(201, data.Put("/kv/k", "x"u8.ToArray()).Status);
            Assert.Equal(404, admin.Get("/kv/k").Status);
            Assert.Equal(404, admin.Get("/files/").Status);
            using Client cs = new(new IPEndPoint(IPAddress.Loopback, port));
            cs.Send(Frames.Get("k"));
            cs.ShutdownSend();
            Assert.StartsWith("HTTP/1.1 400 ", Encoding.ASCII.GetString(cs.ReceiveToEnd()) + "HTTP/1.1 400 ", StringComparison.Ordinal);
            using Client resp = new(new IPEndPoint(IPAddress.Loopback, port));
            resp.Send("*1\r\n$4\r\nPING\r\n"u8);
            resp.ShutdownSend();
            Assert.DoesNotContain("PONG", Encoding.ASCII.GetString(resp.ReceiveToEnd()), StringComparison.Ordinal);
        }, "--admin-port", port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("GET /kv/a HTT")]
    [InlineData("GET / HTTP/1.1\r\nHost: lo")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n")]
    [InlineData("PUT /kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhell")]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\n")]
    public void A_slow_sender_is_timed_out_with_408(string start) => NodeUnderTest.RunEverywhere(node =>
    {
        using HttpConnection http = new(node);
        http.Send(start);
        if (start.Contains("healthz", StringComparison.Ordinal))
        {
            Assert.Equal(200, http.Read().Status);
        }

        HttpReply reply = http.Read();
        Assert.Equal(408, reply.Status);
        Assert.Equal("close", reply["Connection"]);
        http.Client.ShutdownSend();
        Assert.True(http.IsClosed());
    }, "--request-timeout", "300ms");

    [Fact]
    public void A_trickle_of_bytes_does_not_extend_the_time_but_a_steady_body_does() => InTime(2000, Trickle);

    [Fact]
    public void Half_requests_cost_no_time_out_over_RESP() => InTime(300, static (node, timeout) =>
    {
        using Client resp = node.Connect();
        long began = Environment.TickCount64;
        resp.Send("GET /"u8);
        System.Threading.Thread.Sleep(timeout / 6);
        resp.Send("x\r\nSET a"u8);
        if (Environment.TickCount64 - began > timeout / 2)
        {
            // Until the first line has its end it may be HTTP.
            return false;
        }

        System.Threading.Thread.Sleep(3 * timeout);
        resp.Send(" 1\r\n"u8);
        Assert.Equal("+OK\r\n", Encoding.ASCII.GetString(resp.Receive(10)[5..]));
        return true;
    });

    // False: this machine was too slow for the time.
    private static bool Trickle(NodeUnderTest node, int timeout)
    {
        using HttpConnection trickle = new(node);
        using HttpConnection steady = new(node);
        using HttpConnection idle = new(node);
        Assert.Equal(200, idle.Get("/healthz").Status);
        trickle.Send("GET / HTTP/1.1\r\nX: ");
        long last = Environment.TickCount64;
        steady.Send("PUT /kv/steady HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000\r\n\r\n");
        bool refused = false;
        for (int i = 0; i < 80; i++)
        {
            System.Threading.Thread.Sleep(timeout / 40);
            if (Environment.TickCount64 - last > timeout / 2)
            {
                return false;
            }

            last = Environment.TickCount64;
            steady.Client.Send(new byte[5_000]);
            if (!refused)
            {
                refused = !trickle.IsSilent(1);
                if (!refused)
                {
                    trickle.Send("x");
                }
            }
        }

        if (!refused)
        {
            return false;
        }

        // It took twice the time.
        Assert.Equal(201, steady.Read().Status);
        Assert.Equal(200, idle.Get("/healthz").Status);
        return true;
    }

    private static void InTime(int milliseconds, Func<NodeUnderTest, int, bool> body) => Patience.WithMoreTime(milliseconds, timeout =>
    {
        bool isShown = false;
        NodeUnderTest.Run("adaptive edge", node => isShown = body(node, timeout), "--request-timeout",
            timeout.ToString(System.Globalization.CultureInfo.InvariantCulture) + "ms");
        return isShown;
    });

    private static string Basic(string credentials) => "Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))
        + "\r\n";
}
