namespace Epollsrv.Commands;

/// <summary>Where an option's value comes from. A greater one takes precedence.</summary>
internal enum OptionSource
{
    /// <summary>Nobody gave it: the default.</summary>
    Default,

    /// <summary>The file of --config.</summary>
    File,

    /// <summary>The environment variable.</summary>
    Environment,

    /// <summary>The command line.</summary>
    CommandLine,
}
