using System;
using System.Diagnostics;
using System.IO;

using Epollsrv.Tests.Unit;

using Xunit;
using Xunit.Sdk;

namespace Epollsrv.Tests.Integration;

/// <summary>Tests/Native/refuse.c, made by gcc, which building the program
/// needs anyway: starts a program that the kernel refuses something.</summary>
internal sealed class Refusal : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="what">A system call, "threads", "version6" or "ruleset".</param>
    /// <param name="how">See there.</param>
    public Refusal(string what, string how)
    {
        string launcher = _folder["refuse"];
        using Process gcc = Process.Start("gcc", ["-O1", Path.Combine(Binary.Root, "Tests", "Native", "refuse.c"), "-o", launcher]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
        Wrapper = [launcher, what, how];
    }

    /// <summary>What is put in front of the program and its arguments.</summary>
    public string[] Wrapper { get; }

    /// <summary>Runs the program to its end.</summary>
    public (int Code, string Output) RunToEnd(params string[] arguments)
    {
        (int code, string output) = PublishedNode.RunToEnd(Wrapper, arguments);
        return code == 2 ? throw new XunitException("refuse: " + output) : (code, output);
    }

    public void Dispose() => _folder.Dispose();
}
