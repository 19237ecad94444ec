using System;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>The password, when the files of a node are read again.</summary>
internal static unsafe class ReloadedPassword
{
    /// <summary>Plans its change.</summary>
    /// <param name="node">The node.</param>
    /// <param name="last">The options of the last time.</param>
    /// <param name="options">The options now.</param>
    /// <param name="plan">Gets the change.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Plan(RunningNode node, OptionSet last, OptionSet options, ReloadPlan plan)
    {
        if (!IsFromFile(last) && !IsFromFile(options))
        {
            // CONFIG SET may have changed it.
            return null;
        }

        // A pipe would make this thread wait for a writer.
        if (PasswordOptions.FileOf(options) is { } file && Files.StatusOf(file, out FileStatus status) == 0
            && !status.IsRegular && !status.IsDirectory)
        {
            plan.AddWarning("--password-file " + OptionSet.Readable(file)
                + " is no regular file and is read at the start only: the password stays; restart the node to change it");
            return null;
        }

        if (PasswordOptions.Find(options, out byte[]? password) is { } mistake)
        {
            bool isConfined = node.Settings.Sandbox != SandboxMode.Off && PasswordOptions.FileOf(options) is { } other
                && other != PasswordOptions.FileOf(last) && !Files.IsReadable(other);
            return mistake + (isConfined
                ? "; a confined node (--sandbox) reads files beside those of its start only: restart it to use another" : string.Empty);
        }

        if (password is null ? node.Common.Options.Password is null : password.AsSpan().SequenceEqual(node.Common.Options.Password))
        {
            return null;
        }

        if (password is null && !options.GetFlag("open") && Exposure.FindPublic(node.Settings) is { } address)
        {
            return "no file has a password any more, and " + address + " can be reached from other machines";
        }

        if (password is null)
        {
            plan.AddWarning("no file has a password any more: clients need none from now on");
        }

        plan.Add(() =>
        {
            node.Common.Options.Password = password;
            NodeShare.UsePassword(password);
            return password is null ? "no password" : "the password";
        });
        return null;
    }

    private static bool IsFromFile(OptionSet options)
        => PasswordOptions.IsInFile(options) || options.SourceOf("password") == OptionSource.File;
}
