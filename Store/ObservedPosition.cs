using System;

namespace Epollsrv.Store;

/// <summary>The position of the log that a thread's present request must wait
/// for, because of what it has seen or written. Belongs to the thread.</summary>
internal struct ObservedPosition
{
    /// <summary>The position so far; 0: none.</summary>
    public long Value { get; private set; }

    /// <summary>Whether the request has changed something that it was asked to change.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>A key was looked up, found or not.</summary>
    public void LookUp(PositionTable table, ulong hash) => Raise(table.Of(hash));

    /// <summary>All keys were looked at, or counted.</summary>
    public void LookUpAll(PositionTable table) => Raise(table.End);

    /// <summary>A key was changed by the record that ends at a position. Before its partition is given back.</summary>
    /// <param name="table">Has the positions.</param>
    /// <param name="hash">The key's.</param>
    /// <param name="position">Behind the record.</param>
    /// <param name="isAsked">Whether somebody asked for the change: not when a key expired or was evicted.</param>
    public void Write(PositionTable table, ulong hash, long position, bool isAsked)
    {
        table.Raise(hash, position);
        Raise(position);
        HasWritten |= isAsked;
    }

    /// <summary>All keys were removed by it. Before the partitions are given back.</summary>
    public void Flush(PositionTable table, long position)
    {
        table.RaiseFloor(position);
        Raise(position);
        HasWritten = true;
    }

    /// <summary>The request is over.</summary>
    /// <returns>Its position.</returns>
    public long Take()
    {
        long value = Value;
        Value = 0;
        HasWritten = false;
        return value;
    }

    private void Raise(long position) => Value = Math.Max(Value, position);
}
