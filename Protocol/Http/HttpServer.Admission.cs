using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <content>Who may ask for what: hosts, passwords, origins, methods.</content>
internal static unsafe partial class HttpServer
{
    private const int Waiting = -1;
    private const int LongestCredentials = 6 * 1024;

    private static HttpRoute RouteOf(Turn turn, HttpThread context, in HttpRequest request)
    {
        bool adminListener = turn.Connection->Listener >= context.Common.Options.AdminListener;
        bool admin = adminListener || context.Common.Options.AdminListener == int.MaxValue;
        ReadOnlySpan<byte> path = request.Path;
        if (path.Length > 4 && path.StartsWith("/kv/"u8))
        {
            return adminListener ? HttpRoute.None : HttpRoute.KeyValue;
        }

        if (path.StartsWith("/files"u8) && (path.Length == 6 || path[6] == '/'))
        {
            return adminListener ? HttpRoute.None
                : path.Length == 6 ? HttpRoute.ListingWithoutSlash : path.Length == 7 ? HttpRoute.Listing : HttpRoute.File;
        }

        if (path.Length > PiecesNameOffset && path.StartsWith("/pieces/"u8))
        {
            return adminListener ? HttpRoute.None : HttpRoute.Pieces;
        }

        HttpRoute route = path.Length switch
        {
            1 when path[0] == '*' => HttpRoute.Server,
            1 => HttpRoute.Page,
            7 when path.SequenceEqual("/readyz"u8) => HttpRoute.Ready,
            8 when path.SequenceEqual("/healthz"u8) => HttpRoute.Health,
            8 when path.SequenceEqual("/metrics"u8) => HttpRoute.Metrics,
            12 when path.SequenceEqual("/status.json"u8) => HttpRoute.Status,
            _ => HttpRoute.None,
        };
        return admin || route == HttpRoute.Server ? route : HttpRoute.None;
    }

    // 0, the status of a refusal with its reason in the request, or Waiting.
    private static int Admit(Turn turn, HttpThread context, ref HttpRequest request, HttpRoute route, HttpState* state)
    {
        if (route is not (HttpRoute.Health or HttpRoute.Ready))
        {
            if (!IsOwnHost(context, request.Authority))
            {
                request.Problem = WrongHost(context, request.Authority);
                return 421;
            }

            if (context.Common.Options.Password is not null && CheckPassword(turn, context, request, state) is var refusal and not 0)
            {
                request.Problem = "this node asks for its password: Basic with any user, or Bearer"u8;
                return refusal;
            }
        }

        if (request.Method is HttpMethod.Unknown)
        {
            request.Problem = "this method is not implemented"u8;
            return 501;
        }

        if (route == HttpRoute.None)
        {
            request.Problem = "nothing is here: see /, /files/, /pieces/NAME, /kv/KEY, /metrics, /healthz, /readyz"u8;
            return 404;
        }

        if (request.Method != HttpMethod.Options && !Allows(route, request.Method))
        {
            request.Problem = "this method is not for this path"u8;
            return 405;
        }

        if (!request.IsRead && request.Method != HttpMethod.Options && IsForeign(request))
        {
            request.Problem = "web pages of other origins may not write here"u8;
            return 403;
        }

        return 0;
    }

    private static bool Allows(HttpRoute route, HttpMethod method) => route switch
    {
        HttpRoute.KeyValue => method is HttpMethod.Get or HttpMethod.Head or HttpMethod.Put or HttpMethod.Delete,
        HttpRoute.Page => method is HttpMethod.Get or HttpMethod.Head or HttpMethod.Post,
        HttpRoute.Server => false,
        _ => method is HttpMethod.Get or HttpMethod.Head,
    };

    private static ReadOnlySpan<byte> AllowLine(HttpRoute route) => route switch
    {
        HttpRoute.KeyValue => "Allow: GET, HEAD, PUT, DELETE, OPTIONS\r\n"u8,
        HttpRoute.Page => "Allow: GET, HEAD, POST, OPTIONS\r\n"u8,
        HttpRoute.Server => "Allow: GET, HEAD, PUT, DELETE, POST, OPTIONS\r\n"u8,
        _ => "Allow: GET, HEAD, OPTIONS\r\n"u8,
    };

    // Against DNS rebinding: a page that makes its own name point here still sends that name. HTTP/1.0 may send none; no browser does that.
    private static bool IsOwnHost(HttpThread context, ReadOnlySpan<byte> authority)
    {
        if (authority.IsEmpty)
        {
            return true;
        }

        HttpParser.SplitAuthority(authority, out ReadOnlySpan<byte> host, out _);
        if (host[0] == '[' || IsIPv4(host) || HttpText.Is(host, "localhost"u8))
        {
            return true;
        }

        foreach (byte[] name in context.Node.Options.AllowedHosts)
        {
            if (HttpText.Is(host, name) || name is [(byte)'*'])
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> WrongHost(HttpThread context, ReadOnlySpan<byte> authority)
    {
        HttpParser.SplitAuthority(authority, out ReadOnlySpan<byte> host, out _);
        HttpRequestWriter problem = new(new Span<byte>(context.Scratch, LongestCredentials));
        problem.Add("the host name "u8);
        problem.Add(host[..Math.Min(host.Length, LongestName)]);
        problem.Add(" is none of this node's; the node's --allow-host or EPOLLSRV_ALLOW_HOST allows it"u8);
        return new ReadOnlySpan<byte>(context.Scratch, problem.Length);
    }

    private static bool IsIPv4(ReadOnlySpan<byte> host)
    {
        int parts = 0;
        while (true)
        {
            int dot = host.IndexOf((byte)'.');
            ReadOnlySpan<byte> part = dot < 0 ? host : host[..dot];
            if (part.Length > 3 || HttpText.Number(part, 255) < 0)
            {
                return false;
            }

            parts++;
            if (dot < 0)
            {
                return parts == 4;
            }

            host = host[(dot + 1)..];
        }
    }

    // 0, 401 or Waiting. A wrong password waits for its answer; none at all is only the first step of asking for it.
    private static int CheckPassword(Turn turn, HttpThread context, in HttpRequest request, HttpState* state)
    {
        if (!request.Has(HttpField.Authorization) || (state->Flags & HttpStateFlags.Delayed) != 0)
        {
            return 401;
        }

        ReadOnlySpan<byte> attempt = Credentials(context, request);
        if ((state->Flags & HttpStateFlags.Trusted) != 0 && PasswordCheck.Matches(context.Common.Options.Password, attempt))
        {
            return 0;
        }

        PasswordVerdict verdict = context.Common.Guard.Check(turn, context.Common.Options.Password, attempt, out int wait);
        state->Flags &= ~HttpStateFlags.Held;
        if (verdict == PasswordVerdict.Right)
        {
            state->Flags |= HttpStateFlags.Trusted;
            return 0;
        }

        if (verdict == PasswordVerdict.Wrong)
        {
            context.CountWrongPassword();
        }

        state->Flags |= verdict == PasswordVerdict.Wrong ? HttpStateFlags.Delayed : HttpStateFlags.Held;
        turn.SetTimer(wait);
        turn.PauseInput();
        return Waiting;
    }

    // The password that a request gives; empty, which no password is, when there is none to be found.
    private static ReadOnlySpan<byte> Credentials(HttpThread context, in HttpRequest request)
    {
        ReadOnlySpan<byte> value = request[HttpField.Authorization];
        int space = value.IndexOf((byte)' ');
        if (space < 0 || value.Length > LongestCredentials)
        {
            return default;
        }

        ReadOnlySpan<byte> scheme = value[..space];
        value = HttpText.Trim(value[space..]);
        if (HttpText.Is(scheme, "bearer"u8))
        {
            return value;
        }

        Span<byte> decoded = new(context.Scratch, LongestCredentials);
        int length = HttpText.Is(scheme, "basic"u8) ? HttpText.DecodeBase64(value, decoded) : -1;
        int colon = length < 0 ? -1 : decoded[..length].IndexOf((byte)':');
        return colon >= 0 ? decoded[(colon + 1)..length] : default;
    }

    // Browsers say where a request comes from (Origin, Sec-Fetch-Site); programs say nothing and may write.
    private static bool IsForeign(in HttpRequest request)
    {
        ReadOnlySpan<byte> site = request[HttpField.FetchSite];
        if (HttpText.Is(site, "cross-site"u8) || HttpText.Is(site, "same-site"u8))
        {
            return true;
        }

        if (!request.Has(HttpField.Origin))
        {
            return false;
        }

        ReadOnlySpan<byte> origin = request[HttpField.Origin];
        int scheme = origin.IndexOf("://"u8);
        ReadOnlySpan<byte> authority = scheme < 0 ? default : origin[(scheme + 3)..];
        if (authority.Length != request.Authority.Length || authority.IsEmpty)
        {
            return true;
        }

        for (int i = 0; i < authority.Length; i++)
        {
            if (HttpText.Lower(authority[i]) != HttpText.Lower(request.Authority[i]))
            {
                return true;
            }
        }

        return false;
    }
}
