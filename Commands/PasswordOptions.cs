using System;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>--password and --password-file, the same for the node and for the commands that talk to one.</summary>
internal static class PasswordOptions
{
    // What a CS frame carries: nodes of one ring tell each other their password.
    private const int Longest = 255;

    // Where systemd puts what LoadCredential= names.
    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";
    private const string Credential = "epollsrv.password";
    private const int LargestFile = 4096;

    /// <summary>Reads the password.</summary>
    /// <param name="options">They declare "password" and "password-file".</param>
    /// <param name="password">1 … 255 bytes, or null when none was given.</param>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code after a message was printed.</returns>
    public static int Read(OptionSet options, out byte[]? password)
    {
        if (options.IsOnCommandLine("password") && options.IsOnCommandLine("password-file"))
        {
            password = null;
            return options.Refuse("--password and --password-file both give the password; give one of them");
        }

        if (Find(options, out password) is not { } mistake)
        {
            return OptionSet.GoOn;
        }

        Log.Complain("epollsrv: " + mistake + "\n");
        return ExitCode.Configuration;
    }

    /// <summary>Whether the password is that of the file: of the two options, that from the source that takes precedence counts.</summary>
    public static bool IsInFile(OptionSet options)
        => options.GetText("password-file") is not null
            && (options.GetText("password") is null || options.SourceOf("password-file") > options.SourceOf("password"));

    /// <summary>What <c>epollsrv config</c> says of where the password comes from; null: the option itself, or nothing.</summary>
    public static string? PlaceOf(OptionSet options)
        => IsInFile(options) ? options.GetText("password-file") : FileOf(options) is null ? null : "credential " + Credential;

    /// <summary>The file that the password is read from; null: none.</summary>
    public static string? FileOf(OptionSet options)
        => IsInFile(options) ? options.GetText("password-file") : options.GetText("password") is null ? CredentialFile() : null;

    /// <summary>Finds the password.</summary>
    /// <returns>Null, or what is wrong with it.</returns>
    public static string? Find(OptionSet options, out byte[]? password)
    {
        password = null;
        string? text = options.GetText("password");
        string source = "--password";
        if (FileOf(options) is { } file)
        {
            string option = IsInFile(options) ? "--password-file" : "credential";
            source = option + ": the first line of " + OptionSet.Readable(file);
            text = TextFile.Read(file, LargestFile, out int error);
            if (text is null)
            {
                return option + ": cannot read " + OptionSet.Readable(file) + ": "
                    + (error == -Errno.Invalid ? "it is longer than 4 KB" : Errno.Describe(error))
                    + "; the password must be the first line of a file that this user may read";
            }
        }

        if (text is null)
        {
            return null;
        }

        password = ByteText.Encode(FirstLine(text));
        return password.Length is > 0 and <= Longest ? null
            : source + (password.Length == 0 ? " is empty: give a password, or leave the option away"
                : " is longer than 255 bytes: give a shorter one");
    }

    // Null only when there is none for sure: one that cannot be read must not leave the node open.
    private static string? CredentialFile()
    {
        string? file = ProcessText.Variable(CredentialsVariable) is { Length: > 0 } folder ? folder + "/" + Credential : null;
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
