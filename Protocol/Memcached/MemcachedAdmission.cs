using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Memcached;

/// <summary>
/// The password, as memcached's -Y takes it: the first command is a set of any key, whose value is a user's name and the password. Any name
/// is right.
/// </summary>
internal static unsafe class MemcachedAdmission
{
    // Of the value: a name, a blank, and a password of at most PasswordGuard.LongestPassword.
    private const int LongestValue = 1024;

    /// <summary>Answers a request of a connection that has not given the password.</summary>
    /// <returns>Bytes consumed; 0: it has not arrived whole, or waits for the end of a delay.</returns>
    public static int Answer(MemcachedThread context, MemcachedConnection* connection, byte* data, int length)
    {
        ThreadContext thread = context.Thread;
        int lineLength = new ReadOnlySpan<byte>(data, length).IndexOf((byte)'\n');
        if (lineLength < 0)
        {
            if (length > MemcachedParser.LongestShortLine)
            {
                thread.Counters->ProtocolErrors++;
                thread.CloseAfterFlush();
                return length;
            }

            return 0;
        }

        // Not the line's end: what is behind the number may be a carriage return.
        MemcachedToken* words = context.Tokens;
        int count = MemcachedWords.Split(data, data + lineLength, words, MemcachedThread.MostTokens);
        if (count < 5 || !words->Is("set"u8) || !MemcachedNumber.TryRead(words[4], out uint bytes))
        {
            thread.Output.Write("CLIENT_ERROR unauthenticated\r\n"u8);
            return End(context, lineLength + 1);
        }

        int start = lineLength + 1;
        if (bytes > LongestValue)
        {
            // No password is so long, and nobody may have us keep more.
            Fail(context);
            thread.CloseAfterFlush();
            return length;
        }

        int whole = start + (int)bytes + 2;
        if (length < whole)
        {
            thread.NeedInput(whole);
            return 0;
        }

        ReadOnlySpan<byte> value = new(data + start, (int)bytes);
        if (data[whole - 2] != '\r' || data[whole - 1] != '\n')
        {
            thread.Output.Write("CLIENT_ERROR bad command line termination\r\n"u8);
            return End(context, whole);
        }

        value = value.TrimStart((byte)' ');
        int blank = value.IndexOf((byte)' ');
        ReadOnlySpan<byte> attempt = blank < 0 ? default : value[blank..].TrimStart((byte)' ');
        if (attempt.IsEmpty)
        {
            thread.Output.Write("CLIENT_ERROR bad authentication token format\r\n"u8);
            return End(context, whole);
        }

        if ((connection->Flags & MemcachedFlags.Delayed) != 0)
        {
            connection->Flags &= ~MemcachedFlags.Delayed;
            Fail(context);
            return End(context, whole);
        }

        PasswordVerdict verdict = context.Common.Guard.Check(thread, "memcached", context.Common.Options.Password, attempt, out int wait);
        if (verdict != PasswordVerdict.Right)
        {
            connection->Flags |= verdict == PasswordVerdict.Wrong ? MemcachedFlags.Delayed : MemcachedFlags.None;
            thread.SetTimer(wait);
            thread.PauseInput();
            return 0;
        }

        connection->Flags = MemcachedFlags.Known;
        context.Counters->Logins++;
        thread.Output.Write("STORED\r\n"u8);
        return End(context, whole);
    }

    private static void Fail(MemcachedThread context)
    {
        context.Counters->Logins++;
        context.Counters->LoginErrors++;
        context.Thread.Counters->ProtocolErrors++;
        context.Thread.Output.Write("CLIENT_ERROR authentication failure\r\n"u8);
    }

    private static int End(MemcachedThread context, int consumed)
    {
        context.Counters->Requests++;
        context.Thread.Counters->Requests++;
        context.Thread.LimitUnsent(PasswordGuard.MostUnsent);
        if (context.Thread.Gate.IsOn)
        {
            context.Thread.Gate.EndRequest();
        }

        return consumed;
    }
}
