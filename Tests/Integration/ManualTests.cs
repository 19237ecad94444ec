using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The manual page and the completions have every command and option of the program. `make manual` writes them.</summary>
public sealed class ManualTests
{
    [Fact]
    public void Every_command_and_option_is_in_the_manual_page_and_the_completions()
    {
        string manual = Read("epollsrv.1");
        string bash = Read("epollsrv.bash");
        string zsh = Read("_epollsrv");
        foreach (string command in Commands())
        {
            string page = Part(manual, "\n.Ss " + command + "\n", "\n.S");
            string zshPart = Part(zsh, "\n    " + command + ") ", ";;");
            string bashPart = Part(bash, "\n    " + command + ":-*) ", ";;");
            foreach (string option in Options(command))
            {
                Assert.Contains("Fl -" + option + Following(page, "Fl -" + option), page, StringComparison.Ordinal);
                Assert.Matches("'[^'\n]*--" + option + "[=\\[]", zshPart);
                Assert.Contains(" --" + option, bashPart, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void They_are_what_the_help_says_now()
    {
        ProcessStartInfo start = new(Path.Combine(Binary.Root, "scripts", "manual.sh"), ["--check"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error + output);
    }

    private static string[] Commands() => [.. Regex.Matches(Binary.Run(["help"]).Output, "^  ([a-z]+) ", RegexOptions.Multiline)
        .Select(line => line.Groups[1].Value)];

    private static string[] Options(string command) =>
        [.. Regex.Matches(Binary.Run([command, "--help-all"]).Output, "^  (?:-[a-z], )?--([a-z-]+)", RegexOptions.Multiline)
            .Select(line => line.Groups[1].Value)];

    // The name must end there: a longer one does not count.
    private static string Following(string page, string name) => page.Contains(name + " ", StringComparison.Ordinal) ? " " : "\n";

    private static string Part(string text, string begin, string end)
    {
        int at = text.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(at >= 0, "nothing begins with " + begin);
        at += begin.Length;
        int last = text.IndexOf(end, at, StringComparison.Ordinal);
        return text[at..(last < 0 ? text.Length : last)];
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Binary.Root, "packaging", name));
}
