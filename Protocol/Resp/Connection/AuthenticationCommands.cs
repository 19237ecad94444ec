using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>AUTH, HELLO, and the name that HELLO may give.</summary>
internal static unsafe class AuthenticationCommands
{
    /// <summary>Longest name of a connection, and of its library and that one's version.</summary>
    public const int LongestName = 16 * 1024;

    /// <summary>AUTH [user] password.</summary>
    public static void Auth(CommandContext call)
    {
        if (call.Count > 3)
        {
            call.ReplySyntaxError();
            return;
        }

        if (call.Count == 2 && call.Common.Options.Password is null)
        {
            call.ReplyError("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"u8);
            return;
        }

        if (Login(call, call.Count == 3 ? call.Arguments + 1 : null, call.Arguments + call.Count - 1))
        {
            call.Reply.Ok();
        }
    }

    /// <summary>HELLO [protover [AUTH user password] [SETNAME name]].</summary>
    public static void Hello(CommandContext call)
    {
        long version = 0;
        if (call.Count >= 2)
        {
            if (!call.TryReadInteger(call.Arguments + 1, "ERR Protocol version is not an integer or out of range"u8, out version))
            {
                return;
            }

            if (version is < 2 or > 3)
            {
                call.ReplyError("NOPROTO unsupported protocol version"u8);
                return;
            }
        }

        // The name is given where it stands, as in Redis, but not before the password: nothing is kept for somebody without it.
        Argument* name = null;
        for (int i = 2; i < call.Count; i++)
        {
            int more = call.Count - 1 - i;
            if (more >= 2 && call.Arguments[i].Is("auth"u8))
            {
                if (!Login(call, call.Arguments + i + 1, call.Arguments + i + 2))
                {
                    return;
                }

                i += 2;
            }
            else if (more > 0 && call.Arguments[i].Is("setname"u8))
            {
                name = call.Arguments + ++i;
                if (!IsName(call, name))
                {
                    return;
                }
            }
            else
            {
                call.ReplyErrorAbout("ERR Syntax error in HELLO option '"u8, call.Arguments[i].Span, "'"u8);
                return;
            }

            if (name != null && (call.Connection->Flags & RespFlags.NeedsPassword) == 0)
            {
                if (!TryName(call, name))
                {
                    return;
                }

                name = null;
            }
        }

        if ((call.Connection->Flags & RespFlags.NeedsPassword) != 0)
        {
            call.ReplyError("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time"u8);
            return;
        }

        if (version == 3)
        {
            call.Connection->Flags |= RespFlags.Version3;
        }
        else if (version == 2)
        {
            call.Connection->Flags &= ~RespFlags.Version3;
        }

        Introduce(call);
    }

    /// <summary>CLIENT SETNAME name.</summary>
    public static void SetName(CommandContext call)
    {
        Argument* name = call.Arguments + 2;
        if (IsName(call, name) && TryName(call, name))
        {
            call.Reply.Ok();
        }
    }

    // Whether a connection may be called that; false: the error is written.
    private static bool IsName(CommandContext call, Argument* name)
    {
        if (name->Length > LongestName)
        {
            // Redis has no limit. CLIENT LIST shows all.
            call.ReplyError("ERR Client names cannot be longer than 16384 bytes."u8);
            return false;
        }

        for (int i = 0; i < name->Length; i++)
        {
            if (name->Data[i] is < (byte)'!' or > (byte)'~')
            {
                call.ReplyError("ERR Client names cannot contain spaces, newlines or special characters."u8);
                return false;
            }
        }

        return true;
    }

    // Gives the connection a name; false: the error is written.
    private static bool TryName(CommandContext call, Argument* name)
    {
        if ((name->Length > 0 || call.ExistingSession != null)
            && !call.Resp.Sessions.TrySet(ref call.Session->Name, name->Span, call.Thread.Server.Buffers))
        {
            call.ReplyError(RespSession.NoRoom);
            return false;
        }

        return true;
    }

    private static void Introduce(CommandContext call)
    {
        call.Reply.Map(7);
        call.Reply.Bulk("server"u8);
        call.Reply.Bulk("redis"u8);
        call.Reply.Bulk("version"u8);
        call.Reply.Bulk(RespCommon.RedisVersion);
        call.Reply.Bulk("proto"u8);
        call.Reply.Integer(call.Reply.IsVersion3 ? 3 : 2);
        call.Reply.Bulk("id"u8);
        call.Reply.Integer(call.Thread.Connection->Identifier);
        call.Reply.Bulk("mode"u8);
        call.Reply.Bulk("standalone"u8);
        call.Reply.Bulk("role"u8);
        call.Reply.Bulk(call.Common.Replication is { IsReplica: true } ? "replica"u8 : "master"u8);
        call.Reply.Bulk("modules"u8);
        call.Reply.Array(0);
    }

    // The only user there is has Redis's name for it.
    private static bool Login(CommandContext call, Argument* user, Argument* password)
    {
        bool known = user == null || user->Span.SequenceEqual("default"u8);
        if (call.Common.Options.Password is not { } expected)
        {
            return known || Refuse(call);
        }

        if ((call.Connection->Flags & RespFlags.LoginDelayed) != 0)
        {
            // The wrong password of before: its time is over.
            call.Connection->Flags &= ~RespFlags.LoginDelayed;
            return Refuse(call);
        }

        PasswordVerdict verdict = call.Common.Guard.Check(call.Thread, "RESP", expected, known ? password->Span : default, out int wait);
        if (verdict == PasswordVerdict.Right)
        {
            call.Connection->Flags &= ~RespFlags.NeedsPassword;
            return true;
        }

        if (call.Access.InTransaction)
        {
            // Nothing waits inside EXEC, and only who has given the password gets there.
            return Refuse(call);
        }

        // The command runs again when the timer has rung.
        call.Connection->Flags |= verdict == PasswordVerdict.Wrong ? RespFlags.LoginDelayed : RespFlags.None;
        call.Thread.SetTimer(wait);
        call.RunAgainLater();
        return false;
    }

    private static bool Refuse(CommandContext call)
    {
        call.ReplyError("WRONGPASS invalid username-password pair or user is disabled."u8);
        return false;
    }
}
