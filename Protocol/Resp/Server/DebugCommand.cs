using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>DEBUG, when --enable-debug-command allows it: what test suites need and what can be done honestly.</summary>
internal static unsafe class DebugCommand
{
    private const int SliceMilliseconds = 20;
    private const long LongestSleep = 1_000_000_000_000;

    /// <summary>DEBUG SLEEP seconds, SET-ACTIVE-EXPIRE 0|1, LOG text, ERROR text, RELOAD, LOADAOF, HELP.</summary>
    public static void Debug(CommandContext call)
    {
        if (!IsAllowed(call))
        {
            call.ReplyError("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."u8);
            return;
        }

        Argument* word = call.Arguments + 1;
        if (word->Is("sleep"u8) && call.Count == 3)
        {
            Sleep(call);
        }
        else if (word->Is("set-active-expire"u8) && call.Count == 3)
        {
            call.Resp.Options.RemovesExpired = call.Arguments[2].Span is not [(byte)'0'];
            call.Thread.Server.EnsureTick();
            call.Reply.Ok();
        }
        else if (word->Is("log"u8) && call.Count == 3)
        {
            call.Thread.Server.Log(6, "DEBUG LOG: " + Printable(call.Arguments[2].Span));
            call.Reply.Ok();
        }
        else if (word->Is("reload"u8))
        {
            ReloadCommand.Reload(call);
        }
        else if (word->Is("loadaof"u8) && call.Count == 2)
        {
            ReloadCommand.LoadLog(call);
        }
        else if (word->Is("error"u8) && call.Count == 3)
        {
            call.ReplyErrorAbout(default, call.Arguments[2].Span, default);
        }
#if CHECK_OWNERSHIP
        else if (word->Is("sandbox"u8) && call.Count == 4)
        {
            call.Reply.Bulk(ByteText.Encode(
                EscapeAttempt.Make(ByteText.Decode(call.Arguments[2].Span), ByteText.Decode(call.Arguments[3].Span))));
        }
#endif
        else if (word->Is("help"u8) && call.Count == 2)
        {
            Help(call);
        }
        else
        {
            call.ReplyWrongSubcommand("'. Try DEBUG HELP."u8);
        }
    }

    // One line of the log, whatever is in it.
    private static string Printable(System.ReadOnlySpan<byte> text)
    {
        const int longest = 1000;
        System.Span<char> printable = stackalloc char[System.Math.Min(text.Length, longest)];
        for (int i = 0; i < printable.Length; i++)
        {
            printable[i] = text[i] is >= (byte)' ' and <= (byte)'~' ? (char)text[i] : '?';
        }

        return new string(printable);
    }

    private static bool IsAllowed(CommandContext call)
    {
        if (call.Resp.Options.Debug != DebugAccess.Local)
        {
            return call.Resp.Options.Debug == DebugAccess.Yes;
        }

        _ = call.Thread.Connection->PeerAddress(out SocketAddress address);
        return address.IsLoopback;
    }

    // Redis stops as a whole; here the worker and this connection do. In EXEC the locks are held meanwhile, as there.
    private static void Sleep(CommandContext call)
    {
        if (call.DeferLong())
        {
            return;
        }

        // What is no number is 0, as in C.
        _ = ConfigValues.TryReadMillionths(call.Arguments[2].Span, out long microseconds);
        long end = Clock.Monotonic() + (System.Math.Min(microseconds, LongestSleep) * 1000);
        for (long left = end - Clock.Monotonic(); left > 0 && !call.Thread.Server.IsStopping; left = end - Clock.Monotonic())
        {
            Thread.Sleep((int)System.Math.Min(SliceMilliseconds, (left + 999_999) / 1_000_000));
        }

        call.Reply.Ok();
    }

    private static void Help(CommandContext call) => call.Reply.Help(
        """
        DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        ERROR <string>
            Return a Redis protocol error with <string> as message. Useful for clients
            unit tests to simulate Redis errors.
        LOADAOF
            Flush the AOF buffers on disk and reload the AOF in memory.
        LOG <message>
            Write <message> to the server log.
        RELOAD [option ...]
            Save the RDB on disk and reload it back to memory. Valid <option> values:
            * MERGE: conflicting keys will be loaded from RDB.
            * NOFLUSH: the existing database will not be removed before load, but
              conflicting keys will generate an exception and kill the server.
            * NOSAVE: the database will be loaded from an existing RDB file.
            Examples:
            * DEBUG RELOAD: verify that the server is able to persist, flush and reload
              the database.
            * DEBUG RELOAD NOSAVE: replace the current database with the contents of an
              existing RDB file.
            * DEBUG RELOAD NOSAVE NOFLUSH MERGE: add the contents of an existing RDB
              file to the database.
        SET-ACTIVE-EXPIRE <0|1>
            Setting it to 0 disables expiring keys in background when they are not
            accessed (otherwise the Redis behavior). Setting it to 1 reenables back the
            default.
        SLEEP <seconds>
            Stop the server for <seconds>. Decimals allowed.
        HELP
            Prints this help.
        """u8);
}
