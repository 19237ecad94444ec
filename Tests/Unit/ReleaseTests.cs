using System;
using System.IO;
using System.Text.RegularExpressions;

using Epollsrv.Tests.Integration;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The version, and the files that packages are made of.</summary>
public sealed class ReleaseTests
{
    [Fact]
    public void The_newest_entry_of_the_changes_is_the_version_of_the_program()
    {
        Match heading = Regex.Match(Read("CHANGELOG.md"), @"^## (\S+) \((not released|\d{4}-\d\d-\d\d)\)$", RegexOptions.Multiline);
        Assert.Equal(BuildInfo.Version, heading.Groups[1].Value);
    }

    [Fact]
    public void What_the_documents_say_about_a_release_names_this_version()
    {
        foreach (string document in (string[])["README.md", "CONTRIBUTING.md"])
        {
            MatchCollection names = Regex.Matches(Read(document), @"epollsrv[-_](\d+\.\d+\.\d+)");
            Assert.All(names, name => Assert.Equal(BuildInfo.Version, name.Groups[1].Value));
        }

        Assert.Contains("epollsrv-" + BuildInfo.Version + "-linux-arm64.tar.gz", Read("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_scripts_of_the_package_stop_at_the_first_error()
    {
        foreach (string script in (string[])["postinst", "prerm", "postrm"])
        {
            string text = Read("packaging/deb/" + script);
            Assert.StartsWith("#!/bin/sh\n", text, StringComparison.Ordinal);
            Assert.Contains("\nset -e\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Lintian_is_told_of_one_exception()
        => Assert.Single(Read("packaging/deb/lintian-overrides").Split('\n'), line => line.Length > 0 && line[0] != '#');

    private static string Read(string path) => File.ReadAllText(Path.Combine(Binary.Root, path));
}
