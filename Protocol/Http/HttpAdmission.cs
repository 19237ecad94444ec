using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>Whether a request is carried out: its host, password, method, path and origin.</summary>
internal static unsafe class HttpAdmission
{
    /// <summary>In place of a status: not decided yet, and not answered.</summary>
    public const int Waiting = -1;

    // The longest host name is shown whole.
    private const int LongestShownHost = 255;

    /// <summary>Checks a request whose head was parsed.</summary>
    /// <returns>0, the status of a refusal with its reason in the request, or <see cref="Waiting"/>.</returns>
    public static int Check(ThreadContext thread, HttpThread context, ref HttpRequest request, HttpRoute route, HttpState* state)
    {
        if (route is not (HttpRoute.Health or HttpRoute.Ready))
        {
            if (!IsOwnHost(context, request.Authority))
            {
                return request.Refuse(421, WrongHost(context, request.Authority));
            }

            if (context.Common.Options.Password is not null
                && HttpAuthorization.Check(thread, context, request, state) is var status and not 0)
            {
                return request.Refuse(status, "this node asks for its password: Basic with any user, or Bearer"u8);
            }
        }

        if (request.Method is HttpMethod.Unknown)
        {
            return request.Refuse(501, "this method is not implemented"u8);
        }

        if (route == HttpRoute.None)
        {
            return request.Refuse(404, "nothing is here: see /, /files/, /pieces/NAME, /kv/KEY, /metrics, /healthz, /readyz"u8);
        }

        if (request.Method != HttpMethod.Options && !HttpRouter.Allows(route, request.Method))
        {
            return request.Refuse(405, "this method is not for this path"u8);
        }

        if (!request.IsRead && request.Method != HttpMethod.Options && IsForeign(request))
        {
            return request.Refuse(403, "web pages of other origins may not write here"u8);
        }

        return route == HttpRoute.KeyValue && context.Common.ChecksCommands ? HttpAvailability.Check(context, ref request) : 0;
    }

    // Against DNS rebinding: a page that makes its own name point here still sends that name. HTTP/1.0 may send none, which no browser
    // does.
    private static bool IsOwnHost(HttpThread context, ReadOnlySpan<byte> authority)
    {
        if (authority.IsEmpty)
        {
            return true;
        }

        HttpAuthority.Split(authority, out ReadOnlySpan<byte> host, out _);
        if (host[0] == '[' || HttpAuthority.IsIPv4(host) || HttpText.Is(host, "localhost"u8))
        {
            return true;
        }

        foreach (byte[] name in context.Http.Options.AllowedHosts)
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
        HttpAuthority.Split(authority, out ReadOnlySpan<byte> host, out _);
        HttpRequestWriter problem = new(new Span<byte>(context.Scratch, HttpThread.ScratchBytes));
        problem.Add("the host name "u8);
        problem.Add(host[..Math.Min(host.Length, LongestShownHost)]);
        problem.Add(" is none of this node's; the node's --allow-host or EPOLLSRV_ALLOW_HOST allows it"u8);
        return new ReadOnlySpan<byte>(context.Scratch, problem.Length);
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
