using System;
using Epollsrv.Native;

namespace Epollsrv.Commands;

/// <summary>--password and --password-file, the same for the node and for the commands that talk to one.</summary>
internal static class PasswordOptions
{
    // What a CS frame carries: nodes of one ring tell each other their password.
    private const int Longest = 255;

    // Where systemd puts what LoadCredential= names.
    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";
    private const string Credential = "/epollsrv.password";

    /// <summary>Reads the password.</summary>
    /// <param name="options">They declare "password" and "password-file".</param>
    /// <param name="password">1 … 255 bytes, or null when none was given.</param>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code after a message was printed.</returns>
    public static int Read(OptionSet options, out byte[]? password)
    {
        password = null;
        string? text = options.GetText("password");
        string? file = options.GetText("password-file") ?? (text is null ? CredentialFile() : null);
        string source = "--password";
        if (file is not null && (text is null || options.IsOnCommandLine("password-file")))
        {
            if (options.IsOnCommandLine("password") && options.IsOnCommandLine("password-file"))
            {
                return options.Refuse("--password and --password-file both give the password; give one of them");
            }

            source = "--password-file: the first line of " + OptionSet.Readable(file);
            text = Files.ReadText(file, 4096, out int error);
            if (text is null)
            {
                StandardOutput.WriteError(
                    "epollsrv: --password-file: cannot read " + OptionSet.Readable(file) + ": " + Errno.Describe(error) + "\n");
                return ExitCode.Configuration;
            }
        }

        if (text is null)
        {
            return OptionSet.GoOn;
        }

        password = ByteText.Encode(FirstLine(text));
        if (password.Length is > 0 and <= Longest)
        {
            return OptionSet.GoOn;
        }

        StandardOutput.WriteError(
            "epollsrv: " + source
            + (password.Length == 0 ? " is empty: give a password, or leave the option away" : " is longer than 255 bytes") + "\n");
        return ExitCode.Configuration;
    }

    // Null only when there is none for sure: one that cannot be read must not leave the node open.
    private static string? CredentialFile()
    {
        string? file = ProcessText.Variable(CredentialsVariable) is { Length: > 0 } folder ? folder + Credential : null;
        return file is null || Files.StatusOf(file, out _) == -Errno.NoEntry ? null : file;
    }

    /// <summary>
    /// What counts of a password that was written down: the first line without its end, and without the mark that some editors put
    /// before a file's first character. Secrets come with a newline at their end, from files and in environment variables alike.
    /// </summary>
    public static string FirstLine(string text)
    {
        ReadOnlySpan<char> line = text.AsSpan(text.StartsWith('\uFEFF') ? 1 : 0);
        int end = line.IndexOfAny('\r', '\n');
        return (end < 0 ? line : line[..end]).ToString();
    }
}
