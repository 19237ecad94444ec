namespace Epollsrv.Node;

/// <summary>How the log's lines look; the order of --log-format's choices.</summary>
internal enum LogFormat
{
    /// <summary>For people: time, level and message.</summary>
    Text,

    /// <summary>For programs: one JSON object a line.</summary>
    Json,
}
