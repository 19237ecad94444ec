using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Http;

/// <summary>The node's password in a request's Authorization field: Basic with any user name, or Bearer.</summary>
internal static unsafe class HttpAuthorization
{
    private const int LongestCredentials = 6 * 1024;

    /// <summary>Compares the password. The answer to a wrong one is delayed; the answer to a request without one is not.</summary>
    /// <returns>0, 401, or <see cref="HttpAdmission.Waiting"/> after a timer was set.</returns>
    public static int Check(ThreadContext thread, HttpThread context, in HttpRequest request, HttpState* state)
    {
        if (!request.Has(HttpField.Authorization) || (state->Flags & HttpStateFlags.Delayed) != 0)
        {
            return 401;
        }

        ReadOnlySpan<byte> attempt = Credentials(context, request);
        if ((state->Flags & HttpStateFlags.Trusted) != 0 && PasswordCheck.Matches(context.Common.Options.Password, attempt))
        {
            return 0;
        }

        PasswordVerdict verdict = context.Common.Guard.Check(thread, "HTTP", context.Common.Options.Password, attempt, out int wait);
        state->Flags &= ~HttpStateFlags.Held;
        if (verdict == PasswordVerdict.Right)
        {
            state->Flags |= HttpStateFlags.Trusted;
            return 0;
        }

        state->Flags |= verdict == PasswordVerdict.Wrong ? HttpStateFlags.Delayed : HttpStateFlags.Held;
        thread.SetTimer(wait);
        thread.PauseInput();
        return HttpAdmission.Waiting;
    }

    // The password that a request gives; empty, which no password is, when there is none to be found.
    private static ReadOnlySpan<byte> Credentials(HttpThread context, in HttpRequest request)
    {
        ReadOnlySpan<byte> value = request[HttpField.Authorization];
        int space = value.IndexOf((byte)' ');
        if (space < 0 || value.Length > LongestCredentials)
        {
            return default;
        }

        ReadOnlySpan<byte> scheme = value[..space];
        value = HttpText.Trim(value[space..]);
        if (HttpText.Is(scheme, "bearer"u8))
        {
            return value;
        }

        Span<byte> decoded = new(context.Scratch, LongestCredentials);
        int length = HttpText.Is(scheme, "basic"u8) ? HttpText.DecodeBase64(value, decoded) : -1;
        int colon = length < 0 ? -1 : decoded[..length].IndexOf((byte)':');
        return colon >= 0 ? decoded[(colon + 1)..length] : default;
    }
}
