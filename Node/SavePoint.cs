namespace Epollsrv.Node;

/// <summary>When dump.rdb is saved by itself: so many seconds after the last time, if there were so many changes.</summary>
internal readonly record struct SavePoint(long Seconds, long Changes);
