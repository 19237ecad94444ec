using System;

using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A test of what the kernel must offer: Landlock. Where it does not, or the user is not who it must be, the test is skipped, with
/// the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SandboxFactAttribute : FactAttribute
{
    public SandboxFactAttribute(bool asRoot = false)
    {
        int version = Landlock.Version();
        Skip = version < 0 ? "the kernel has no Landlock: " + Errno.Describe(version)
            : asRoot && Environment.UserName != "root" ? "only root can make files of another user" : null;
    }
}
