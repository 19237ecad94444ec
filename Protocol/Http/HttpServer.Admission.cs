using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <content>Who may ask for what: hosts, passwords, origins, methods.</content>
internal static unsafe partial class HttpServer
{
    private const int Waiting = -1;
    private const int LongestCredentials = 6 * 1024;

    private static HttpRoute RouteOf(Turn turn, ProtocolContext context, in HttpRequest request)
    {
        bool adminListener = turn.Connection->Listener >= context.Services.AdminListener;
        bool admin = adminListener || context.Services.AdminListener == int.MaxValue;
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
    private static int Admit(Turn turn, ProtocolContext context, ref HttpRequest request, HttpRoute route, HttpState* state)
    {
        if (route is not (HttpRoute.Health or HttpRoute.Ready))
        {
            if (!IsOwnHost(context, request.Authority))
            {
                request.Problem = "this host name is none of this node's: see --allow-host"u8;
                return 421;
            }

            if (context.Services.RequiresPassword && !HasPassword(context, request))
            {
                request.Problem = "this node asks for its password: Basic with any user, or Bearer"u8;
                return Delay(turn, context, request, state) ? Waiting : 401;
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
    private static bool IsOwnHost(ProtocolContext context, ReadOnlySpan<byte> authority)
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

        foreach (byte[] name in context.Services.AllowedHosts)
        {
            if (HttpText.Is(host, name) || name is [(byte)'*'])
            {
                return true;
            }
        }

        return false;
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

    private static bool HasPassword(ProtocolContext context, in HttpRequest request)
    {
        ReadOnlySpan<byte> value = request[HttpField.Authorization];
        int space = value.IndexOf((byte)' ');
        if (space < 0 || value.Length > LongestCredentials)
        {
            return false;
        }

        ReadOnlySpan<byte> scheme = value[..space];
        value = HttpText.Trim(value[space..]);
        if (HttpText.Is(scheme, "bearer"u8))
        {
            return PasswordCheck.Matches(context.Services.Password, value);
        }

        Span<byte> decoded = new(context.Http.Scratch, LongestCredentials);
        int length = HttpText.Is(scheme, "basic"u8) ? HttpText.DecodeBase64(value, decoded) : -1;
        int colon = length < 0 ? -1 : decoded[..length].IndexOf((byte)':');
        return colon >= 0 && PasswordCheck.Matches(context.Services.Password, decoded[(colon + 1)..length]);
    }

    // A wrong password waits for its answer; none at all is only the first step of asking for it.
    private static bool Delay(Turn turn, ProtocolContext context, in HttpRequest request, HttpState* state)
    {
        if (!request.Has(HttpField.Authorization) || (state->Flags & HttpStateFlags.Delayed) != 0)
        {
            return false;
        }

        context.Http.CountWrongPassword();
        state->Flags |= HttpStateFlags.Delayed;
        turn.SetTimer(RefusalMilliseconds);
        turn.PauseInput();
        return true;
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
