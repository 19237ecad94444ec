using System;
using System.Text;
using Epollsrv.Native;
using Epollsrv.Protocol.Http;

namespace Epollsrv.Commands;

/// <summary>What is different in a container.</summary>
internal static class Container
{
    // Docker's, and podman's.
    private static readonly string[] _marks = ["/.dockerenv", "/run/.containerenv"];

    /// <summary>Whether the node was started from the program's own image.</summary>
    public static bool IsOwnImage => Environment.GetEnvironmentVariable("EPOLLSRV_CONTAINER") == "yes";

    /// <summary>Whether the node is in a container that Docker, podman or Kubernetes made.</summary>
    public static bool IsAny => IsOwnImage || Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null
        || Array.Exists(_marks, mark => Files.StatusOf(mark, out _) == 0);

    /// <summary>
    /// The host name that HTTP requests may be for without --allow-host: the container's own, by which other containers reach it. Whoever
    /// made the container has chosen it, so that no web page can have it lead here (DNS rebinding). Elsewhere it may come from a network
    /// that the machine visits (DHCP).
    /// </summary>
    /// <returns>In lower case; null: there is none.</returns>
    public static byte[]? HostName()
    {
        byte[] name = IsAny ? Encoding.UTF8.GetBytes(SystemFacts.HostName().ToLowerInvariant()) : [];
        return name.Length > 0 && HttpAuthority.IsValid(name) ? name : null;
    }
}
