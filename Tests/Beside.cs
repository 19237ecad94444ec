using System;
using System.Threading;

using Xunit.Sdk;

namespace Epollsrv.Tests;

/// <summary>Something that runs beside a test on a thread of its own and says in the end what was wrong, or null.</summary>
internal sealed class Beside
{
    private readonly Thread _thread;
    private string? _complaint;

    public Beside(Func<string?> body)
    {
        _thread = new Thread(() =>
        {
            try
            {
                _complaint = body();
            }
            catch (Exception exception)
            {
                _complaint = exception.ToString();
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Whether it has come to its end.</summary>
    public bool IsOver => !_thread.IsAlive;

    /// <summary>Waits for the end; fails when it does not come or something was wrong.</summary>
    public void Check(int milliseconds = Patience.Milliseconds)
    {
        if (!_thread.Join(milliseconds))
        {
            throw new XunitException("hangs");
        }

        if (_complaint is not null)
        {
            throw new XunitException(_complaint);
        }
    }
}
