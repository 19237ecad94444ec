using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>Which path is served on which port, and by which methods.</summary>
internal static unsafe class HttpRouter
{
    /// <summary>Where the name begins in "/kv/KEY", "/files/NAME", "/pieces/NAME".</summary>
    public const int KeyOffset = 4;
    public const int FileOffset = 7;
    public const int PiecesOffset = 8;

    /// <summary>The route of a path. With --admin-port, that port serves the pages about the node, and the others keys and files.</summary>
    public static HttpRoute RouteOf(ThreadContext thread, HttpThread context, in HttpRequest request)
    {
        bool adminListener = thread.Connection->Listener >= context.Common.Options.AdminListener;
        bool admin = adminListener || context.Common.Options.AdminListener == int.MaxValue;
        ReadOnlySpan<byte> path = request.Path;
        if (path.Length > KeyOffset && path.StartsWith("/kv/"u8))
        {
            return adminListener ? HttpRoute.None : HttpRoute.KeyValue;
        }

        if (path.StartsWith("/files"u8) && (path.Length == 6 || path[6] == '/'))
        {
            return adminListener ? HttpRoute.None
                : path.Length == 6 ? HttpRoute.ListingWithoutSlash : path.Length == 7 ? HttpRoute.Listing : HttpRoute.File;
        }

        if (path.Length > PiecesOffset && path.StartsWith("/pieces/"u8))
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
            13 when path.SequenceEqual("/history.json"u8) => HttpRoute.History,
            _ => HttpRoute.None,
        };
        return admin || route == HttpRoute.Server ? route : HttpRoute.None;
    }

    /// <summary>Whether a route takes a method other than OPTIONS.</summary>
    public static bool Allows(HttpRoute route, HttpMethod method) => route switch
    {
        HttpRoute.KeyValue => method is HttpMethod.Get or HttpMethod.Head or HttpMethod.Put or HttpMethod.Delete,
        HttpRoute.Page => method is HttpMethod.Get or HttpMethod.Head or HttpMethod.Post,
        HttpRoute.Server => false,
        _ => method is HttpMethod.Get or HttpMethod.Head,
    };

    /// <summary>The field line that names the methods of a route.</summary>
    public static ReadOnlySpan<byte> AllowField(HttpRoute route) => route switch
    {
        HttpRoute.KeyValue => "Allow: GET, HEAD, PUT, DELETE, OPTIONS\r\n"u8,
        HttpRoute.Page => "Allow: GET, HEAD, POST, OPTIONS\r\n"u8,
        HttpRoute.Server => "Allow: GET, HEAD, PUT, DELETE, POST, OPTIONS\r\n"u8,
        _ => "Allow: GET, HEAD, OPTIONS\r\n"u8,
    };
}
