namespace Epollsrv.Node;

/// <summary>What an option's value is.</summary>
internal enum OptionKind
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>Any number of texts: the option repeated, or separated by commas.</summary>
    List,

    /// <summary>A whole number within bounds.</summary>
    Integer,

    /// <summary>Bytes: a number, with kb, mb, gb or tb for powers of 1024.</summary>
    Size,

    /// <summary>A time: a number with ms, s, m or h; 0 or "off".</summary>
    Duration,

    /// <summary>One word of a few.</summary>
    Choice,

    /// <summary>Given or not; with a value, yes or no.</summary>
    Flag,
}
