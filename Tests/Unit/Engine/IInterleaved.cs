namespace Epollsrv.Tests.Unit.Engine;

/// <summary>What several threads share and where each of them is: a value
/// that each step copies, so that all schedules can be tried.</summary>
internal interface IInterleaved<T>
{
    /// <summary>How many threads there are.</summary>
    public static abstract int Threads { get; }

    /// <summary>The next atomic step of a thread; null when it has nothing to do now.</summary>
    public T? Step(int thread);

    /// <summary>Fails when something is wrong at this moment.</summary>
    public void Check();

    /// <summary>Fails when something is wrong although nobody has anything left to do.</summary>
    public void CheckEnd();
}
