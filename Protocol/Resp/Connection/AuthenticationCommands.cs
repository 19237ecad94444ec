using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>AUTH and HELLO.</summary>
internal static unsafe class AuthenticationCommands
{
    /// <summary>Longest name of a connection, and of its library and that one's version.</summary>
    public const int LongestName = 16 * 1024;

    /// <summary>AUTH [user] password.</summary>
    public static void Auth(RespCall call)
    {
        if (call.Count > 3)
        {
            call.ReplySyntaxError();
            return;
        }

        if (call.Count == 2 && call.Services.Password is null)
        {
            call.ReplyError("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"u8);
            return;
        }

        if (Login(call, call.Count == 3 ? call.Arguments + 1 : null, call.Arguments + call.Count - 1))
        {
            call.ReplyOk();
        }
    }

    /// <summary>HELLO [protover [AUTH user password] [SETNAME name]].</summary>
    public static void Hello(RespCall call)
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
                if (!SetName(call, call.Arguments + i + 1))
                {
                    return;
                }

                i++;
            }
            else
            {
                call.ReplyErrorAbout("ERR Syntax error in HELLO option '"u8, call.Arguments[i].Span, "'"u8);
                return;
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

    /// <summary>Gives the connection a name, for CLIENT SETNAME and HELLO; false: the error is written.</summary>
    public static bool SetName(RespCall call, Argument* name)
    {
        if (name->Length > LongestName)
        {
            // Redis has no limit. What they take is counted nowhere, and CLIENT LIST shows all.
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

        if (name->Length > 0 || call.ExistingSession is not null)
        {
            call.Session.Name = name->Span.ToArray();
        }

        return true;
    }

    private static void Introduce(RespCall call)
    {
        call.ReplyMap(7);
        call.ReplyBulk("server"u8);
        call.ReplyBulk("redis"u8);
        call.ReplyBulk("version"u8);
        call.ReplyBulk(RespNode.RedisVersion);
        call.ReplyBulk("proto"u8);
        call.ReplyInteger(call.IsVersion3 ? 3 : 2);
        call.ReplyBulk("id"u8);
        call.ReplyInteger(call.Turn.Connection->Identifier);
        call.ReplyBulk("mode"u8);
        call.ReplyBulk("standalone"u8);
        call.ReplyBulk("role"u8);
        call.ReplyBulk("master"u8);
        call.ReplyBulk("modules"u8);
        call.ReplyArray(0);
    }

    // The only user there is has Redis's name for it.
    private static bool Login(RespCall call, Argument* user, Argument* password)
    {
        bool known = user == null || user->Span.SequenceEqual("default"u8);
        byte[]? expected = call.Services.Password;
        if (known & (expected is null || PasswordCheck.Matches(expected, password->Span)))
        {
            call.Connection->Flags &= ~RespFlags.NeedsPassword;
            return true;
        }

        if (expected is not null && call.Node.LoginDelay > 0 && !call.Access.InTransaction && (call.Connection->Flags & RespFlags.LoginDelayed) == 0)
        {
            // Guessing is slow: the command runs again, and fails, when the timer has rung.
            call.Connection->Flags |= RespFlags.LoginDelayed;
            call.Turn.SetTimer(call.Node.LoginDelay);
            call.RunAgainLater();
            return false;
        }

        call.Connection->Flags &= ~RespFlags.LoginDelayed;
        call.Connection->FailedLogins++;
        call.Node.NoteFailedLogin();
        call.ReplyError("WRONGPASS invalid username-password pair or user is disabled."u8);
        return false;
    }
}
