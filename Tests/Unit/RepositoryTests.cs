using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Promises of the repository as a whole: build targets, image, unit file, and the rules about source files.</summary>
public sealed class RepositoryTests
{
    private const int LongestFile = 300;
    private const int LongestLine = 140;

    private static readonly string _root = FindRoot();

    private static readonly string[] _targets =
        ["all", "run", "test", "unit", "test-under-load", "stress", "soak", "fuzz", "checked", "differential", "conformance", "demo",
            "monitoring", "arm64", "image", "footprint", "bench", "bench-quick", "instructions", "scaling", "install", "uninstall",
            "manual", "release", "format", "format-check", "clean", "help"];

    [Fact]
    public void Make_knows_every_target()
    {
        (int status, string output) = Make(["--dry-run", .. _targets]);
        Assert.True(status == 0, output);
    }

    [Fact]
    public void Make_help_names_every_target_within_80_columns()
    {
        (int status, string output) = Make("help");
        Assert.Equal(0, status);
        foreach (string target in _targets)
        {
            Assert.Matches(new Regex("^  " + target + "  +[^ ]", RegexOptions.Multiline), output);
        }

        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void Every_make_target_that_the_documents_name_exists()
    {
        string makefile = Read("Makefile");
        foreach (string document in Files("*.md"))
        {
            foreach (Match match in Regex.Matches(
                File.ReadAllText(document), "(?:`|^    |^\\$ )make ([a-z][a-z0-9-]*)", RegexOptions.Multiline))
            {
                string target = match.Groups[1].Value;
                Assert.True(Regex.IsMatch(makefile, "^" + target + ":", RegexOptions.Multiline), $"{document} names `make {target}`");
            }
        }
    }

    [Fact]
    public void Every_script_that_a_document_names_is_there_and_executable()
    {
        foreach (string document in Files("*.md"))
        {
            foreach (Match match in Regex.Matches(File.ReadAllText(document), "scripts/[a-z0-9-]+\\.sh"))
            {
                Assert.True(File.Exists(Path.Combine(_root, match.Value)), $"{document} names {match.Value}");
            }
        }
    }

    [Fact]
    public void Every_document_that_a_comment_names_exists()
    {
        foreach (string file in Files("*.cs"))
        {
            foreach (Match match in Regex.Matches(File.ReadAllText(file), @"//.*?([\w/-]+\.md)\b"))
            {
                Assert.True(File.Exists(Path.Combine(_root, match.Groups[1].Value)), $"{Relative(file)} names {match.Groups[1].Value}");
            }
        }
    }

    [Fact]
    public void The_last_stage_of_the_image_is_empty_but_for_program_and_licences_and_runs_as_a_number()
    {
        string text = Read("Dockerfile");
        string stage = text[text.LastIndexOf("\nFROM ", StringComparison.Ordinal)..];
        Assert.StartsWith("\nFROM scratch\n", stage, StringComparison.Ordinal);
        string[] copied = [.. Regex.Matches(stage, "^(?:COPY|ADD) .* (/[^ ]*)$", RegexOptions.Multiline).Select(copy => copy.Groups[1].Value)];
        Assert.Equal(["/epollsrv", "/licenses", "/"], copied);
        Assert.Contains("/source/out/volume/ /\n", stage, StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex("^RUN ", RegexOptions.Multiline), stage);
        Assert.Matches(new Regex("^USER [1-9][0-9]*(:[1-9][0-9]*)?$", RegexOptions.Multiline), stage);
        Assert.Contains("CMD [\"/epollsrv\", \"healthcheck\"]", stage, StringComparison.Ordinal);
        Assert.Contains("ENTRYPOINT [\"/epollsrv\"]", stage, StringComparison.Ordinal);
    }

    [Fact]
    public void The_unit_file_starts_serve_without_privileges()
    {
        string unit = Read("systemd/epollsrv.service");
        foreach (string line in new[] { "ExecStart=@BINDIR@/epollsrv serve", "DynamicUser=yes", "NoNewPrivileges=yes",
            "ProtectSystem=strict", "SyslogLevelPrefix=yes" })
        {
            Assert.Contains("\n" + line, unit, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_the_README_says_of_speed_is_what_was_measured()
    {
        string[] parts = Read("README.md").Split("<!-- speed -->");
        Assert.Equal(3, parts.Length);
        string measured = Read("docs/PERFORMANCE.md");
        string[] rows = [.. parts[1].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)];
        Assert.True(rows.Length > 5);
        Assert.All(rows, row => Assert.Contains(row + "\n", measured, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_said_of_redis_own_tests_is_what_the_script_checks()
    {
        string[] expected = [.. Read("scripts/redis-suites.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'))];
        string[] said = [.. Regex.Matches(Read("docs/COMPATIBILITY.md"), @"\| ([a-z/2-]+) \| (\d+) \| (\d+) (?=\|)")
            .Select(cell => $"{cell.Groups[1].Value} {cell.Groups[2].Value} {cell.Groups[3].Value}")];
        Assert.True(expected.Length > 20);
        Assert.Equal(expected.Order(StringComparer.Ordinal), said.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_Native_calls_native_functions()
    {
        foreach (string file in SourceFiles()
            .Where(file => !Relative(file).StartsWith("Native/", StringComparison.Ordinal)
            && !Relative(file).StartsWith("tools/bench/Native/", StringComparison.Ordinal)))
        {
            Assert.DoesNotMatch(@"\[\s*(LibraryImport|DllImport)", File.ReadAllText(file));
        }
    }

    [Theory]
    [InlineData("SystemPageSize")]
    [InlineData(@"Enum\.(Parse|TryParse|GetName|GetValues|IsDefined|Format)")]
    [InlineData(@"using System\.(Linq|Text\.RegularExpressions|Text\.Json|Net\.Sockets|Security\.Cryptography|Threading\.Tasks);")]
    [InlineData(@"\bConsole\.")]
    public void The_program_uses_nothing_that_is_known_to_make_it_large(string pattern)
    {
        foreach (string file in SourceFiles())
        {
            Match match = Regex.Match(Regex.Replace(File.ReadAllText(file), "//.*", ""), pattern);
            Assert.False(match.Success, $"{Relative(file)} has \"{match.Value}\", which makes the program larger");
        }
    }

    [Fact]
    public void No_source_file_is_longer_than_the_limit()
    {
        string[] tooLong = [.. SourceFiles().Concat(TestFiles())
            .Where(file => File.ReadLines(file).Count() > LongestFile)
            .Select(Relative)];
        Assert.True(tooLong is [], $"more than {LongestFile} lines: " + string.Join(", ", tooLong));
    }

    /// <summary>A string that is compared byte for byte with another program's may make a line longer.</summary>
    [Fact]
    public void No_line_of_code_is_longer_than_the_limit()
    {
        string[] tooLong = [.. SourceFiles().Concat(TestFiles())
            .SelectMany(file => Regex.Replace(File.ReadAllText(file), "\"\"\"[^\"]*\"\"\"", "").Split('\n')
                .Select((line, at) => (Line: line, Place: Relative(file) + ":" + (at + 1))))
            .Where(found => found.Line.Length > LongestLine && !Regex.IsMatch(found.Line, "\"[^\"]{60,}"))
            .Select(found => found.Place)];
        Assert.True(tooLong is [], $"more than {LongestLine} characters: " + string.Join(", ", tooLong));
    }

    /// <summary>An exception on a thread that nobody watches ends the test host, and with it all tests that did not run yet.</summary>
    [Fact]
    public void Tests_start_threads_only_where_their_exceptions_are_caught()
    {
        string[] watched = ["Beside.cs", "Watchdog.cs", "NodeUnderTest.cs", "InProcessNode.cs", "ConnectionListener.cs", "RingProcess.cs"];
        foreach (string file in Files("*.cs").Where(file => Relative(file).StartsWith("Tests/", StringComparison.Ordinal)
            && !Relative(file).StartsWith("Tests/Conformance/", StringComparison.Ordinal) && !watched.Contains(Path.GetFileName(file))))
        {
            Assert.False(Regex.IsMatch(File.ReadAllText(file), @"new Thread\(|Thread(\[\])? \w+ = new"), file);
        }
    }

    [Fact]
    public void Every_script_is_strict_or_made_to_be_sourced()
    {
        foreach (string file in Files("*.sh"))
        {
            string text = File.ReadAllText(file);
            Assert.True(text.StartsWith("# Sourced", StringComparison.Ordinal)
                || text.Contains("\nset -euo pipefail\n", StringComparison.Ordinal), file);
        }
    }

    private static string FindRoot()
    {
        string? folder = Path.GetDirectoryName(typeof(RepositoryTests).Assembly.Location);
        while (folder is not null && !File.Exists(Path.Combine(folder, "epollsrv.csproj")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("no epollsrv.csproj above the test assembly");
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(_root, path));

    private static string Relative(string file) => Path.GetRelativePath(_root, file);

    private static IEnumerable<string> SourceFiles() =>
        Files("*.cs").Where(file => !Relative(file).StartsWith("Tests/", StringComparison.Ordinal));

    private static IEnumerable<string> TestFiles() =>
        Files("*.cs").Where(file => Relative(file).StartsWith("Tests/", StringComparison.Ordinal));

    /// <summary>The repository's files, without what was built.</summary>
    private static IEnumerable<string> Files(string pattern) => Directory.EnumerateFiles(_root, pattern, SearchOption.AllDirectories)
        .Where(file => !Relative(file).Split('/').Any(part => part is "bin" or "obj" or "out" or ".git"));

    private static (int Status, string Output) Make(params string[] arguments)
    {
        ProcessStartInfo start = new("make") { WorkingDirectory = _root, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // A make that runs these tests must not hand its options and its job slots to this one.
        start.Environment.Remove("MAKEFLAGS");
        start.Environment.Remove("MAKELEVEL");
        start.Environment.Remove("MFLAGS");
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        output += process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
