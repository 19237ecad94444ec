using System;
using System.Text;

using Epollsrv.Protocol;

namespace Epollsrv.Tests.Integration;

/// <summary>Data on a disk that a test says is loading, or cannot be written.</summary>
internal sealed class FakePersistence : Persistence
{
    private readonly ProtocolCommon _common;

    /// <summary>Gives a node in process such data, of which nothing is wrong.</summary>
    public FakePersistence(NodeUnderTest node)
    {
        _common = ((InProcessNode)node).Node.Common;
        _common.Persistence = this;
        _common.CheckCommands(true);
    }

    public override bool IsLogging => true;

    public override long LastSave => 0;

    public override long LogEnd => 0;

    public override long Synchronized => 0;

    public override PersistenceStatus Status => default;

    /// <summary>Whether it is loading.</summary>
    public bool Loads
    {
        get => IsLoading;
        set => IsLoading = value;
    }

    /// <summary>Why writes are refused; null: they are not.</summary>
    public string? Refusal
    {
        get => WriteRefusal is { } text ? Encoding.UTF8.GetString(text) : null;
        set => WriteRefusal = value is null ? null : Encoding.UTF8.GetBytes(value);
    }

    public override SaveOutcome BeginSave(bool mayWait, bool inTransaction) => throw new NotSupportedException();

    public override SaveOutcome BeginRewrite(bool inTransaction) => throw new NotSupportedException();

    public override SaveOutcome Save() => throw new NotSupportedException();

    public override SaveOutcome SaveToStop() => throw new NotSupportedException();

    public override ReloadOutcome ReloadDump(bool saves, bool empties) => throw new NotSupportedException();

    public override ReloadOutcome ReloadLog() => throw new NotSupportedException();

    public override void RequestSynchronization() => throw new NotSupportedException();

    public override string? RewriteConfig() => throw new NotSupportedException();

}
