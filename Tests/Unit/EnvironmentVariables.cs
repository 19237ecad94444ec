using System;

namespace Epollsrv.Tests.Unit;

/// <summary>Environment variables of this process for the length of a test. For tests of <see cref="EnvironmentCollection"/>.</summary>
internal sealed class EnvironmentVariables : IDisposable
{
    private readonly (string Name, string Value)[] _variables;

    public EnvironmentVariables(params (string Name, string Value)[] variables)
    {
        _variables = variables;
        foreach ((string name, string value) in variables)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public void Dispose()
    {
        foreach ((string name, string _) in _variables)
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }
}
